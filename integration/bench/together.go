package main

import (
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// together brings in what several authors typed at the same time: everything
// at once from one blob, and update by update as they came; by the text alone,
// as editors' libraries do it, and by documents as peers exchange them.
func (b *bench) together() error {
	tr, err := loadTrace(friend)
	if err != nil {
		return b.skip("", err)
	}
	b.skipped("clownschool", "not among the outside test data")
	if err := b.textsTogether(tr); err != nil {
		return err
	}
	return b.documentsTogether(tr)
}

func (b *bench) textsTogether(tr *trace) error {
	updates, err := tr.updates()
	if err != nil {
		return err
	}
	whole, err := inTurn(updates)
	if err != nil {
		return err
	}
	blob := whole.AppendCanonical(nil)
	merging := func(updates ...[]byte) func() error {
		return func() error {
			t, err := inTurn(updates)
			if err == nil && t.String() != tr.EndContent {
				err = errOtherText
			}
			return err
		}
	}
	return b.against(fmt.Sprintf("%s (text)", friend), len(updates), clocked(b.scaled(10), merging(blob)), clocked(1, merging(updates...)))
}

// documentsTogether reads the trace as documents from peers, each of which is
// decoded, checked and merged, and leaves a document with its canonical bytes,
// ready to be stored: the whole as one, and the last runs of typing one by one,
// when all the history is there.
func (b *bench) documentsTogether(tr *trace) error {
	const last = 200
	letters, err := tr.runs().letters()
	if err != nil {
		return err
	}
	before, after := letters[:len(letters)-last], letters[len(letters)-last:]
	var reader author
	if err := reader.readAll(before); err != nil {
		return err
	}
	whole := reader
	if err := whole.readAll(after); err != nil {
		return err
	}
	blob := letter{whole.now.Document.Canonical(), whole.now.Context}
	fromBlob := clocked(b.scaled(5), func() error {
		var a author
		if err := a.read(blob); err != nil {
			return err
		}
		return a.shows(tr.EndContent)
	})
	what := friend + " (document), one blob → text"
	if err := b.versus(what, "Yjs", atMost(5), b.yjs.side("blob", friend), fromBlob); err != nil {
		return err
	}
	if b.yjs.reason != nil {
		if err := b.absolute(what, time.Millisecond, target{}, fromBlob); err != nil {
			return err
		}
	}
	what = fmt.Sprintf("%s (document), each of the last %d of %d runs of typing in turn", friend, last, len(letters))
	return b.absolute(what, time.Microsecond, target{}, clocked(1, func() error {
		a := reader
		if err := a.readAll(after); err != nil {
			return err
		}
		return a.shows(tr.EndContent)
	}).per(last))
}

// against adds the rows of one blob and of n updates in turn, held against
// Yjs, or absolute where there is none.
func (b *bench) against(name string, n int, blob, updates timing) error {
	updates = updates.per(n)
	one, each := name+", one blob → text", fmt.Sprintf("%s, each of %d updates in turn", name, n)
	if b.yjs.reason != nil {
		if err := b.absolute(one, time.Millisecond, target{}, blob); err != nil {
			return err
		}
		return b.absolute(each, time.Microsecond, target{}, updates)
	}
	if err := b.versus(one, "Yjs", atMost(5), b.yjs.side("blob", friend), blob); err != nil {
		return err
	}
	return b.versus(each, "Yjs", atMost(1), b.yjs.side("updates", friend), updates)
}

// inTurn merges updates one by one, each from its bytes.
func inTurn(updates [][]byte) (*text.Text, error) {
	t := &text.Text{}
	for _, u := range updates {
		d, err := text.Decode(u)
		if err != nil {
			return nil, err
		}
		if _, err := t.Merge(d); err != nil {
			return nil, err
		}
	}
	return t, nil
}
