package storage

import "github.com/crdtstore/crdtstore/crdt"

// batchMaps are the maps of a Batch. To make them anew for each small transaction costs a tenth of all that it allocates, so
// the next one gets those of the last.
type batchMaps struct {
	states   map[string]*state                    // changed in the Batch
	covered  map[string]map[crdt.ReplicaID]uint64 // signed heads stored in it
	held     map[address]held                     // what the store now holds
	marks    map[string]*treeMark                 // changed in it
	dirty    map[string]*sortedKeys               // as Documents.dirty, when it is committed
	enrolled map[string]*[]enrolment              // of entries of the dot index, as they came and went
	entered  map[string]map[dotNumber]struct{}    // of which it has made the entry without a look
	joined   map[string]struct{}                  // entries of the dot index that have come to name another document too
}

// takeMaps are empty maps, for who holds writing. Nobody else gets them.
func (d *Documents) takeMaps() batchMaps {
	if m := d.maps; m != nil {
		d.maps = nil
		return *m
	}
	return batchMaps{
		states:   map[string]*state{},
		covered:  map[string]map[crdt.ReplicaID]uint64{},
		held:     map[address]held{},
		marks:    map[string]*treeMark{},
		dirty:    map[string]*sortedKeys{},
		enrolled: map[string]*[]enrolment{},
		entered:  map[string]map[dotNumber]struct{}{},
		joined:   map[string]struct{}{},
	}
}

// mostKept is how many documents or collections a transaction has at most whose maps are kept: they keep their
// size, and to empty them takes as long.
const mostKept = 16

// cleared are the maps without what is in them; nil if they have grown large.
func (m batchMaps) cleared() *batchMaps {
	if max(len(m.states), len(m.covered), len(m.held), len(m.marks), len(m.dirty), len(m.entered), len(m.joined)) > mostKept {
		return nil
	}
	clear(m.states)
	clear(m.covered)
	clear(m.held)
	clear(m.marks)
	clear(m.dirty)
	clear(m.enrolled)
	clear(m.entered)
	clear(m.joined)
	return &m
}
