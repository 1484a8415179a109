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
	b.skips = append(b.skips, skip{b.now, "clownschool", "not among the outside test data"})
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
	return b.against(fmt.Sprintf("%s (text)", friend), len(updates), clocked(10, merging(blob)), clocked(1, merging(updates...)))
}

// documentsTogether reads the first letters of the trace one by one: each is
// decoded, checked and merged, and leaves a document with its canonical bytes,
// ready to be stored. Their order is made anew each time, so what it takes
// grows with the history.
func (b *bench) documentsTogether(tr *trace) error {
	const n = 2000
	begin := *tr
	begin.Txns = tr.Txns[:n]
	letters, err := begin.letters()
	if err != nil {
		return err
	}
	return b.absolute(fmt.Sprintf("%s (document), each of the first %d updates in turn", friend, n), time.Microsecond, target{}, clocked(1, func() error {
		_, err := readAll(letters)
		return err
	}).per(len(letters)))
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
