package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// TextEdit is a text while it is edited. Positions count Unicode code points.
type TextEdit struct {
	text *crdt.TextEdit
	done []splice
}

// splice is one edit of a text: it deletes or inserts at a position.
type splice struct {
	at, deleted int
	inserted    string
}

// Len is the number of code points.
func (t *TextEdit) Len() int { return t.text.Len() }

// String is the text as it is now.
func (t *TextEdit) String() string { return t.text.String() }

// Insert inserts s before position pos. It fails with crdt.ErrPosition if that
// is negative or beyond the end.
func (t *TextEdit) Insert(pos int, s string) error {
	if err := t.text.Insert(pos, s); err != nil {
		return err
	}
	t.done = append(t.done, splice{at: pos, inserted: s})
	return nil
}

// Delete deletes n code points from position pos on. It fails with
// crdt.ErrPosition if there are not as many.
func (t *TextEdit) Delete(pos, n int) error {
	if err := t.text.Delete(pos, n); err != nil {
		return err
	}
	t.done = append(t.done, splice{at: pos, deleted: n})
	return nil
}

// EditText lets fn edit the text at a JSON Pointer, and writes its edits as one
// transaction if nobody changed the document in between; otherwise fn is run
// again on the new text. So fn must have no effect but on its TextEdit. It
// fails with ErrNotFound when there is no document, with crdt.ErrNoValue when
// nothing is at the pointer, crdt.ErrKind when it is no text. An error of fn
// writes nothing and is wrapped.
func (c *Collection) EditText(ctx context.Context, key, pointer string, fn func(*TextEdit) error, o PutOptions) (Written, error) {
	path, err := crdt.ParsePointer(pointer)
	if err != nil {
		return Written{}, err
	}
	for {
		d, err := c.Get(ctx, key)
		if err != nil {
			return Written{}, err
		}
		edit, err := c.node.textEdit(d.tree(), path, fn)
		if err != nil {
			return Written{}, fmt.Errorf("%s/%s: %w", c.name, key, err)
		}
		seen := read{c.name, key, d.canonical}
		written, err := c.write(ctx, 0, &mutation{key: key, options: o, edit: edit}, seen)
		if !errors.Is(err, errStale) {
			return written, err
		}
	}
}

// EditText is Collection.EditText inside the transaction: fn is run at once, on
// the text as the transaction sees it.
func (t *Tx) EditText(collection, key, pointer string, fn func(*TextEdit) error, o PutOptions) error {
	path, err := crdt.ParsePointer(pointer)
	if err != nil {
		return err
	}
	d, err := t.Get(collection, key)
	if err != nil {
		return err
	}
	edit, err := t.node.textEdit(d.tree(), path, fn)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", collection, key, err)
	}
	return t.add(collection, 0, &mutation{key: key, options: o, edit: edit})
}

// textEdit runs fn on the text of d and returns its edits, to be done again by
// the writer: that way fn runs in the goroutine of its caller, and holds up
// nobody.
func (n *Node) textEdit(d *crdt.Document, path crdt.Pointer, fn func(*TextEdit) error) (edit, error) {
	t := &TextEdit{}
	_, _, err := d.EditText(n.scratch(tryDots), path, func(text *crdt.TextEdit) error {
		t.text = text
		return fn(t)
	})
	if err != nil {
		return nil, err
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		return d.EditText(w, path, t.again)
	}, nil
}

// again does the edits that were done.
func (t *TextEdit) again(text *crdt.TextEdit) error {
	for _, s := range t.done {
		if err := text.Delete(s.at, s.deleted); err != nil {
			return err
		}
		if err := text.Insert(s.at, s.inserted); err != nil {
			return err
		}
	}
	return nil
}

// Counters from which dots are taken for what is made to be looked at and never
// written: for what a transaction has made so far, and for edits of that.
const (
	previewDots = 1 << 62
	tryDots     = previewDots + 1<<61
)

// scratch hands out such dots.
func (n *Node) scratch(from uint64) *crdt.Writer {
	return crdt.NewWriter(n.docs.Replica(), from, n.docs.HighWater())
}
