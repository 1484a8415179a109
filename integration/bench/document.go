package main

import (
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// document times the work on one document of 10 fields, without any store.
func (b *bench) document() error {
	plain, err := crdt.ParseJSON(body(1))
	if err != nil {
		return err
	}
	w := crdt.NewWriter(crdt.ReplicaID{1}, 1, 1)
	var doc *crdt.Document
	if doc, _, err = doc.Put(w, plain); err != nil {
		return err
	}
	canonical := doc.AppendCanonical(nil)
	ops, err := crdt.ParseOps([]byte(`[{"op":"set","path":"/city","value":"Rome"}]`))
	if err != nil {
		return err
	}
	out := make([]byte, 0, 2*len(canonical))
	counter := uint64(100)
	change := clocked(b.scaled(100000), func() error {
		d, err := crdt.Decode(canonical)
		if err != nil {
			return err
		}
		w := crdt.NewWriter(crdt.ReplicaID{1}, counter, 2)
		counter++
		if d, _, err = d.Apply(w, ops); err != nil {
			return err
		}
		out = d.AppendCanonical(out[:0])
		return nil
	})
	what := "load, set one field, encode; 10 fields"
	if err := b.absolute(what, time.Microsecond, atMost(1.5), change); err != nil {
		return err
	}
	if err := b.versus(what, "Yjs", target{}, b.yjs.side("small", ""), change); err != nil {
		return err
	}
	b.add("encoded size of that document", float64(len(canonical))/float64(len(body(1))), "× JSON", atMost(1.3),
		fmt.Sprintf("%d B", len(canonical)), fmt.Sprintf("%d B of JSON", len(body(1))))
	return nil
}
