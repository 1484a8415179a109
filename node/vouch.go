package node

import (
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// vouch writes of what a merge has rescued from a repair that knew nothing of it
// that it is there, as a local transaction in the commit of the merge: from
// then on no peer takes it for removed. What would be too large to be kept is left as
// it is, and so differs from the peers' until it is repaired.
func (b *batch) vouch(collection string, rescued []storage.Rescue) error {
	for _, r := range rescued {
		rec, err := b.Get(collection, r.Key)
		if err != nil {
			return err
		}
		now, err := crdt.Decode(rec.Body)
		if err != nil {
			return err
		}
		w := b.Begin(collection, b.clock.next())
		marked, err := crdt.Vouch(w, crdt.State{Document: now, Heads: rec.Heads, Context: b.Seen(collection, r.Key)}, r.Dots)
		if errors.Is(err, crdt.ErrTooLarge) {
			continue
		}
		if err != nil {
			return err
		}
		head, _ := w.Last()
		if err := b.Write(collection, w, []storage.Written{{Key: r.Key, Document: marked, Head: head}}); err != nil {
			return err
		}
		b.changed(collection, 1)
	}
	return nil
}

// kept tells what a merge has rescued.
func (n *Node) kept(peer, collection string, rescued []storage.Rescue) {
	for _, r := range rescued {
		n.sink.incident(IncidentEvent{Kind: Repaired, Peer: peer, Collection: collection, Key: r.Key,
			Detail: "others had repaired it, and had not seen what is here: it is kept, and they are told"})
	}
}
