package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// WatchOptions select changes.
type WatchOptions struct {
	Collection string // only this one; "" is all
	Prefix     string // only keys that begin with it; needs a Collection
	// Once ends the stream when all that is here now has been delivered, in
	// place of waiting for more.
	Once bool
	// MaxLag is how long the reader may take over one change before the stream
	// ends with ErrGap; 0 is one minute.
	MaxLag time.Duration
}

// Change says that a document is different from what the token knew.
type Change struct {
	Collection, Key string
	Version         cid.Cid // cid.Undef when deleted
	Deleted         bool
	Token           Token // resumes after this change, at any peer
}

// Changes yields every document that is different from what since has seen,
// then goes on as documents change, here or by a peer, until ctx ends (its
// error is the last thing yielded), the node is closed (ErrClosed) or the
// reader breaks off. Changes are delivered at least once; several changes of
// one document between two looks are one. Within a look they come in the
// order of their keys, and a transaction is whole. A slow reader never blocks
// a writer; it gets ErrGap.
func (n *Node) Changes(ctx context.Context, since Token, o WatchOptions) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		f := &feed{node: n, token: since, options: o, yield: yield}
		if err := f.run(ctx); err != nil && !errors.Is(err, errBroken) {
			yield(Change{}, n.storeError(err))
		}
	}
}

// Now is the token of the present: Changes since it yields what comes later.
func (n *Node) Now(ctx context.Context) (Token, error) {
	t := Token{}
	for _, c := range n.collections() {
		v, err := n.Collection(c).stable(ctx)
		if err != nil {
			return Token{}, err
		}
		t = t.with(c, v.Knowledge())
		v.Close()
	}
	return t, nil
}

// errBroken ends a feed whose reader broke off: nothing may be yielded then.
var errBroken = errors.New("reader broke off")

const (
	defaultLag = time.Minute
	// feedKeys is how many candidates a feed asks for at once.
	feedKeys = 512
)

// feed is one run of Changes: look after look it yields the documents that
// its token has not seen, and moves the token behind each.
type feed struct {
	node    *Node
	token   Token
	options WatchOptions
	yield   func(Change, error) bool
}

func (f *feed) run(ctx context.Context) error {
	o := &f.options
	if o.Prefix != "" && o.Collection == "" {
		return errors.New("a prefix needs a collection")
	}
	if o.Collection != "" {
		if err := crdt.CheckCollection(o.Collection); err != nil {
			return err
		}
	}
	if o.MaxLag <= 0 {
		o.MaxLag = defaultLag
	}
	w := f.node.watchers.add(o.Collection)
	defer f.node.watchers.remove(w)
	for {
		collections := []string{o.Collection}
		if o.Collection == "" {
			collections = f.node.collections()
		}
		for _, c := range collections {
			if err := f.look(ctx, c); err != nil {
				return err
			}
		}
		if o.Once {
			return nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return ctx.Err()
		case <-f.node.closing:
			return ErrClosed
		}
	}
}

// look yields, from one snapshot, what the token has not seen of a collection.
func (f *feed) look(ctx context.Context, collection string) error {
	view, err := f.node.Collection(collection).stable(ctx)
	if err != nil {
		return err
	}
	l := &lease{view: view}
	defer l.close()
	s := f.node.scope.Load()
	if !s.hasSome(collection, f.options.Prefix) {
		return s.outOfScope(collection + "/" + f.options.Prefix)
	}
	now, seen := view.Knowledge(), f.token.known[collection]
	from, end := f.options.Prefix, prefixEnd(f.options.Prefix)
	if learned := learn(seen, now, from, end); learned.Equal(seen) {
		return nil
	}
	for more := true; more; {
		var keys []string
		if keys, more, err = view.Candidates(seen, from, feedKeys); err != nil {
			return err
		}
		for _, key := range keys {
			if !strings.HasPrefix(key, f.options.Prefix) {
				more = false
				break
			}
			from = key + "\x00"
			if !s.has(collection, key) {
				continue // it is being deleted
			}
			token := f.token.with(collection, learn(seen, now, f.options.Prefix, from))
			if err := f.deliver(ctx, l, collection, key, token); err != nil {
				return err
			}
		}
	}
	if err := view.Confirm(); err != nil { // the token will say that all of it was told
		return err
	}
	f.token = f.token.with(collection, learn(seen, now, f.options.Prefix, end))
	return nil
}

// deliver yields one change and moves the token behind it.
func (f *feed) deliver(ctx context.Context, l *lease, collection, key string, token Token) error {
	rec, err := l.view.Record(key)
	if err != nil {
		return err
	}
	c := Change{Collection: collection, Key: key, Deleted: !rec.Exists(), Token: token}
	if rec.Exists() {
		c.Version = crdt.VersionOf(rec.Body)
	}
	kept, took := l.lend(f.options.MaxLag, func() bool { return f.yield(c, nil) })
	if !took {
		return errBroken
	}
	f.token = token
	if !kept {
		return &GapError{Token: token}
	}
	return ctx.Err()
}

// learn is seen with what now knows of the keys [from, to).
func learn(seen, now crdt.Knowledge, from, to string) crdt.Knowledge {
	for _, r := range now.Ranges() {
		lo, hi := max(r.From, from), r.To
		if hi == "" || to != "" && to < hi {
			hi = to
		}
		if hi == "" || lo < hi {
			seen = seen.Raise(lo, hi, crdt.VersionVector{}, r.Vector)
		}
	}
	return seen
}

// prefixEnd is the least key behind all that begin with prefix; "" is the end
// of the key space.
func prefixEnd(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return string(b[:i+1])
		}
	}
	return ""
}

// String prints "people/ann bafy…" or "people/ann deleted".
func (c Change) String() string {
	if c.Deleted {
		return fmt.Sprintf("%s/%s deleted", c.Collection, c.Key)
	}
	return fmt.Sprintf("%s/%s %s", c.Collection, c.Key, c.Version)
}
