package crdt_test

import (
	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// peer is a replica that edits one document and hears of others.
type peer struct {
	crdt.State
	id   crdt.ReplicaID
	time crdt.Timestamp
}

// edit is any edit of a document.
type edit func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error)

func newPeer(id byte) *peer {
	return &peer{id: crdt.ReplicaID{id}, State: crdt.State{Context: crdt.VersionVector{}}}
}

// try does one edit, as a transaction.
func (p *peer) try(fn edit) error {
	p.time++
	w := crdt.NewWriter(p.id, p.Context.Counter(p.id)+1, p.time)
	d, changed, err := fn(p.Document, w)
	if changed {
		last, _ := w.Last()
		p.Document, p.Heads = d, []crdt.Dot{last}
		p.Context.Raise(p.id, last.Counter)
	}
	return err
}

func (p *peer) edit(tb rapid.TB, fn edit) {
	tb.Helper()
	if err := p.try(fn); err != nil {
		tb.Fatal(err)
	}
}

// hear merges what the other holds, as it comes from its bytes.
func (p *peer) hear(tb rapid.TB, o *peer) {
	tb.Helper()
	remote := o.State
	if !o.Document.IsEmpty() {
		d, err := crdt.Decode(o.Document.AppendCanonical(nil))
		if err != nil {
			tb.Fatal(err)
		}
		remote.Document = d
	}
	m, err := crdt.Merge(p.State, remote)
	if err != nil {
		tb.Fatal(err)
	}
	p.State = crdt.State{Document: m.Document, Heads: m.Heads, Context: p.Context.Merge(o.Context)}
	p.time = max(p.time, o.time)
}
