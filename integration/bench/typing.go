package main

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/text"
)

const (
	paper  = "automerge-paper" // one author, 259,778 edits, 104,852 characters at the end
	friend = "friendsforever"  // two authors at once, 26,078 transactions
)

var errOtherText = errors.New("the text is not what the trace ends with")

// textPath is where the text is in the documents of these measurements.
var textPath = crdt.Pointer{"text"}

// typing makes the edits of one author on a text in a document.
func (b *bench) typing() error {
	tr, err := loadTrace(paper)
	if err != nil {
		return b.skip("", err)
	}
	var typed *crdt.Document
	ours := clocked(1, func() (err error) {
		typed, err = typeTrace(tr)
		return err
	})
	what := fmt.Sprintf("%s, %d edits through the document API", paper, tr.edits())
	if err := b.versus(what, "bare rope", atMost(4), clocked(1, func() error { return ropeTrace(tr) }), ours); err != nil {
		return err
	}
	if err := b.versus(what, "Yjs", atMost(0.02), b.yjs.side("local", paper), ours); err != nil {
		return err
	}
	if err := b.sizes(typed); err != nil {
		return err
	}
	return b.keystroke(typed)
}

// emptyText is a document with an empty text.
func emptyText(w *crdt.Writer) (*crdt.Document, error) {
	p, err := crdt.ParseJSON([]byte(`{"text":{"$text":""}}`))
	if err != nil {
		return nil, err
	}
	d, _, err := (*crdt.Document)(nil).Put(w, p)
	return d, err
}

// typeTrace makes all edits of a trace, in one go, and the document's bytes.
func typeTrace(tr *trace) (*crdt.Document, error) {
	w := crdt.NewWriter(crdt.ReplicaID{1}, 1, 1)
	d, err := emptyText(w)
	if err != nil {
		return nil, err
	}
	d, _, err = d.EditText(w, textPath, func(t *crdt.TextEdit) error {
		for i := range tr.Txns {
			if err := tr.Txns[i].edit(t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(d.Canonical()) < len(tr.EndContent) {
		return nil, errOtherText
	}
	return d, nil
}

// ropeTrace makes the edits on bare content.
func ropeTrace(tr *trace) error {
	var r text.Rope
	for _, x := range tr.Txns {
		for _, p := range x.Patches {
			if err := r.Replace(p.at, p.deleted, p.inserted); err != nil {
				return err
			}
		}
	}
	if r.String() != tr.EndContent {
		return errOtherText
	}
	return nil
}

// sizes adds what the document is encoded, and how long it takes to read it.
func (b *bench) sizes(d *crdt.Document) error {
	canonical := d.Canonical()
	packed, err := deflate(canonical)
	if err != nil {
		return err
	}
	plain, small, err := b.yjs.encoded(paper)
	if err := b.skip("encoded size of Yjs", err); err != nil {
		return err
	}
	b.add("history and text, encoded, as they are", float64(len(canonical))/1000, "KB", target{}, "", plain)
	b.add("history and text, encoded, deflated", float64(len(packed))/1000, "KB", atMost(109), "", small)
	load := func(b []byte) error {
		d, err := crdt.Decode(b)
		if err == nil {
			_, err = d.At(textPath, crdt.FormatPlain)
		}
		return err
	}
	bytesToText := clocked(b.scaled(20), func() error { return load(canonical) })
	if err := b.absolute("encoded history and text → text to read", time.Millisecond, atMost(1.5), bytesToText); err != nil {
		return err
	}
	err = b.absolute("the same, inflated first", time.Millisecond, target{}, clocked(b.scaled(20), func() error {
		canonical, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		if err != nil {
			return err
		}
		return load(canonical)
	}))
	if err != nil {
		return err
	}
	return b.versus("encoded history and text → text to read", "Yjs", target{}, b.yjs.side("load", paper), bytesToText)
}

// keystroke types single characters into the document, each a transaction that
// makes the document's bytes.
func (b *bench) keystroke(d *crdt.Document) error {
	const n = 200
	return b.absolute("one more keystroke there as a transaction of its own", time.Microsecond, target{}, clocked(1, func() error {
		d := d
		for i := range n {
			w := crdt.NewWriter(crdt.ReplicaID{2}, uint64(1+i), 2)
			var err error
			if d, _, err = d.EditText(w, textPath, func(t *crdt.TextEdit) error { return t.Insert(t.Len()/2, "x") }); err != nil {
				return err
			}
		}
		return nil
	}).per(n))
}

func deflate(p []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(p); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
