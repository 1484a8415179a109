package node

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// Unsent is what would be lost if the disk of this node died now: what it holds, and
// no peer is known to have.
type Unsent struct {
	// Documents are those whose latest changes, removals too, no peer was seen to hold. More of them
	// may be there than here are, or fewer: a peer that has them and has not said so counts as one that
	// has not; a peer that has lost them since it was here, as one that has.
	Documents Count
	// After is a moment behind which all these changes came, by the clock here. Zero is not known:
	// there was no such moment since this node keeps count.
	After time.Time
}

// custodyEvery is how often is looked at what peers hold, and at most kept.
const custodyEvery = time.Minute

// custodySlack is how long a commit may take to be told of.
const custodySlack = time.Second

// custody is what is known of where this node's documents are besides here, over all runs. Whatever
// of it is lost makes more count as unsent, and that older, never less (Law F).
type custody struct {
	node *Node

	mu      sync.Mutex
	replica crdt.ReplicaID  // of which all of this is: what was seen before it was taken proves nothing
	mesh    archive.MeshTag // to which the peers belong
	peers   map[string]*witnessed
	trails  map[string]*trail
	earlier map[string]map[string]crdt.Knowledge // what of it was proven in an earlier run; only where the node has been another one
	written map[string][32]byte                  // hashes of the notes that the store has
	news    bool                                 // there is something that they do not say

	changes sync.Mutex
	changed map[string]bool // collections that were written to since they were looked at
}

// wrote notes that a collection has changed. It never blocks for long.
func (c *custody) wrote(collection string) {
	c.changes.Lock()
	defer c.changes.Unlock()
	if !c.changed[collection] {
		if c.changed == nil {
			c.changed = map[string]bool{}
		}
		c.changed[collection] = true
	}
}

// takeChanged lists the collections that have changed, once.
func (c *custody) takeChanged() map[string]bool {
	c.changes.Lock()
	defer c.changes.Unlock()
	changed := c.changed
	c.changed = nil
	return changed
}

// begin forgets everything if the node is another one than when it was noted, or in another mesh.
func (c *custody) begin() {
	c.node.mesh.mu.Lock()
	mesh := archive.TagOf(c.node.mesh.secret[:])
	c.node.mesh.mu.Unlock()
	if replica := c.node.docs.Replica(); c.peers == nil || replica != c.replica || mesh != c.mesh {
		c.replica, c.mesh = replica, mesh
		c.peers, c.trails, c.earlier = map[string]*witnessed{}, map[string]*trail{}, map[string]map[string]crdt.Knowledge{}
	}
}

// look brings everything up to date, and returns the collections that were there.
func (c *custody) look(ctx context.Context) (names []string) {
	at := c.node.options.Clock().Add(-custodySlack)
	c.begin()
	wrote, showed := c.takeChanged(), c.gather(ctx)
	c.news = c.news || len(showed) > 0
	names = c.node.collections()
	peers := c.newest()
	for _, name := range names {
		t := c.trails[name]
		if t == nil {
			t = &trail{lost: true}
			c.trails[name] = t
		}
		if !t.lost && !wrote[name] && !showed[name] {
			t.rest(at)
			continue
		}
		c.news = true
		held := t.held
		if t.lost || showed[name] {
			held = c.held(peers, name)
		}
		if err := c.count(name, t, at, held); err != nil {
			_ = c.node.storeError(err) // damage is looked after; counted again at the next look
			*t = trail{lost: true}
		}
	}
	return names
}

// count looks at one collection.
func (c *custody) count(name string, t *trail, at time.Time, held crdt.Knowledge) error {
	v, err := c.node.docs.View(name)
	if err != nil {
		return err
	}
	defer v.Close()
	keys, more, err := v.Candidates(held, "", MaxCount)
	if err != nil {
		return err
	}
	t.lost, t.count = false, Count{}.plus(len(keys), more)
	hidden := &UnsentError{} // removals that nothing lists any more
	if err := hidden.forgotten(v, held, name, crdt.Range{}); err != nil {
		return err
	}
	if hidden.Documents.More {
		t.count = Count{MaxCount, true}
	}
	var where open
	if t.count != (Count{}) {
		where = func(from, to string) bool {
			if more || hidden.Documents.More {
				return true
			}
			i, _ := slices.BinarySearch(keys, from)
			return i < len(keys) && (to == "" || keys[i] < to)
		}
	}
	t.note(at, v.Knowledge(), held, where)
	return nil
}

// unsent is the sum of all collections; nil if it cannot be told.
func (c *custody) unsent(ctx context.Context) *Unsent {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, first := &Unsent{}, true
	for _, name := range c.look(ctx) { // what came meanwhile came later
		t := c.trails[name]
		if t.lost {
			return nil
		}
		if t.count == (Count{}) {
			continue
		}
		u.Documents = u.Documents.plus(t.count.N, t.count.More)
		if first || t.safe.Before(u.After) {
			u.After, first = t.safe, false
		}
	}
	return u
}

// noted is what a peer was seen to hold, in this run or an earlier one; nothing if it was never
// here, or that is not remembered.
func (c *custody) noted(peer string) map[string]crdt.Knowledge {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begin(); c.peers[peer] == nil {
		return nil
	}
	return maps.Clone(c.peers[peer].held)
}

// loop looks and keeps from time to time, until ctx ends.
func (c *custody) loop(ctx context.Context) {
	t := time.NewTicker(custodyEvery)
	defer t.Stop()
	c.keep(ctx)
	for {
		select {
		case <-t.C:
			c.keep(ctx)
		case <-ctx.Done():
			return
		}
	}
}
