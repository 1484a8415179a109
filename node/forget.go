package node

import (
	"context"
	"errors"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

const (
	// DefaultForgetAfter is how old a removal is at least when it is forgotten.
	DefaultForgetAfter = 30 * 24 * time.Hour
	// forgetEvery is how often the node looks whether there is anything to
	// forget.
	forgetEvery = 24 * time.Hour
	// forgetDelay is how long it is open before it does so first.
	forgetDelay = 5 * time.Minute
	// forgetLeast is how much time is between two looks at least.
	forgetLeast = time.Second
	// forgetKeys is how many removals one step forgets; between two steps others
	// may write.
	forgetKeys = 1000
)

// forgetter is the loop that forgets removals which are so old that most peers
// have heard of them. No age is needed for that to be safe: a peer that has not
// heard of them compares its documents before it merges again. It only makes that
// rare.
type forgetter struct {
	node  *Node
	after time.Duration
}

// newForgetter forgets as the Options say: ForgetAfter 0 is the default, and
// below 0 is never.
func newForgetter(n *Node) *forgetter {
	f := &forgetter{node: n, after: n.options.ForgetAfter}
	if f.after == 0 {
		f.after = DefaultForgetAfter
	}
	return f
}

// loop runs once a day, or as often as the age that is asked for where that is
// less, until ctx ends.
func (f *forgetter) loop(ctx context.Context) {
	most := max(f.after, forgetLeast)
	for pause := min(forgetDelay, most); f.after > 0 && wait(ctx, pause); pause = min(forgetEvery, most) {
		if f.run(ctx) != nil {
			return
		}
	}
}

// run looks through all collections. An error means that the node is closing,
// or that its disk has failed.
func (f *forgetter) run(ctx context.Context) error {
	for _, coll := range f.node.docs.Collections() {
		err := f.collection(ctx, coll)
		if errors.Is(err, storage.ErrDamaged) {
			f.node.saw("", err) // as any other damage that was read
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// collection forgets, when the horizon is old enough, what it counts, and notes
// a new one. So a removal is forgotten when it is between once and twice as old as
// asked for.
func (f *forgetter) collection(ctx context.Context, coll string) error {
	if f.after < 0 {
		return nil
	}
	now := f.node.options.Clock()
	h, ok, err := f.horizon(coll)
	if err != nil {
		return err
	}
	if ok && now.Sub(h.At) < f.after {
		return nil
	}
	if ok {
		if err := f.under(ctx, coll, h.Knowledge); err != nil {
			return err
		}
	}
	return f.node.writer.step(ctx, func(b *batch) error {
		b.begin()
		return b.NoteHorizon(coll, now)
	})
}

func (f *forgetter) horizon(coll string) (h storage.Horizon, ok bool, err error) {
	v, err := f.node.docs.View(coll)
	if err != nil {
		return h, false, err
	}
	h, ok, err = v.Horizon()
	return h, ok, errors.Join(err, v.Close())
}

// under forgets the removals that a horizon counts, in steps.
func (f *forgetter) under(ctx context.Context, coll string, horizon crdt.Knowledge) error {
	for from, more := "", true; more; {
		keys, next, err := f.list(coll, horizon, from)
		if err != nil {
			return err
		}
		err = f.node.writer.step(ctx, func(b *batch) error {
			b.begin()
			_, err := b.Forget(coll, horizon, from, next, keys)
			return err
		})
		if err != nil {
			return err
		}
		from, more = next, next != ""
	}
	return nil
}

func (f *forgetter) list(coll string, horizon crdt.Knowledge, from string) (keys []string, next string, err error) {
	v, err := f.node.docs.View(coll)
	if err != nil {
		return nil, "", err
	}
	keys, next, err = v.Forgettable(horizon, from, forgetKeys)
	return keys, next, errors.Join(err, v.Close())
}
