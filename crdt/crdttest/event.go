package crdttest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt"
)

// event is one code point that was inserted into a text, or deleted from it.
type event struct {
	id      crdt.Dot
	parents []crdt.Dot
	at      int  // where, in the text as its parents have it
	char    rune // what was inserted
	deletes bool
}

var errEvents = errors.New("crdttest: no events of a text")

// readEvents reads the events of a text as package text documents their bytes,
// one by one.
func readEvents(b []byte) (events []event, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%w: %v", errEvents, x)
		}
	}()
	r := eventReader{b: b[1:]}
	for range r.uint() {
		n := r.uint()
		var agent crdt.ReplicaID
		copy(agent[:], r.b[:n])
		r.agents, r.b = append(r.agents, agent), r.b[n:]
	}
	var outside []crdt.Dot
	for range r.uint() {
		agent := r.agents[r.uint()]
		outside = append(outside, crdt.Dot{Replica: agent, Counter: r.uint()})
	}
	r.chains(outside)
	r.runs()
	if len(r.b) != 0 {
		return nil, errEvents
	}
	return r.events, nil
}

type eventReader struct {
	b      []byte
	agents []crdt.ReplicaID
	events []event
}

func (r *eventReader) uint() uint64 {
	x, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return x
}

func (r *eventReader) int() int64 {
	x, n := binary.Varint(r.b)
	r.b = r.b[n:]
	return x
}

// chains reads ids and parents.
func (r *eventReader) chains(outside []crdt.Dot) {
	next := map[crdt.ReplicaID]uint64{}
	for range r.uint() {
		agent := r.agents[r.uint()]
		seq := next[agent] + uint64(r.int())
		n, first := r.uint(), len(r.events)
		next[agent] = seq + n
		var parents []crdt.Dot
		if k := r.uint(); k == 1 {
			parents = append(parents, r.events[first-1].id)
		} else {
			for range k / 2 {
				if p := r.uint(); p%2 == 1 {
					parents = append(parents, outside[p/2])
				} else {
					parents = append(parents, r.events[first-int(p/2)].id)
				}
			}
		}
		r.events = slices.Grow(r.events, int(n))
		ids := make([]crdt.Dot, n)
		for i := range ids {
			ids[i] = crdt.Dot{Replica: agent, Counter: seq + uint64(i)}
			r.events = append(r.events, event{id: ids[i], parents: parents})
			parents = ids[i : i+1 : i+1]
		}
	}
}

// runs reads what the events do.
func (r *eventReader) runs() {
	type run struct{ n, kind int }
	var runs []run
	for range r.uint() {
		x := r.uint()
		runs = append(runs, run{int(x / 3), int(x % 3)})
	}
	cursors := map[crdt.ReplicaID]int{}
	i := 0
	for _, run := range runs {
		agent := r.events[i].id.Replica
		at := cursors[agent] + int(r.int())
		for range run.n {
			e := &r.events[i]
			i++
			e.deletes = run.kind != 0
			if run.kind == 2 {
				at--
			}
			e.at = at
			if run.kind == 0 {
				at++
			}
		}
		cursors[agent] = at
	}
	r.uint() // the length of all that is left
	text := r.b
	for i := range r.events {
		if e := &r.events[i]; !e.deletes {
			char, size := utf8.DecodeRune(text)
			e.char, text = char, text[size:]
		}
	}
	r.b = text
}
