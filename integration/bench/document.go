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
	var took []float64
	out := make([]byte, 0, 2*len(canonical))
	for range 5 {
		const n = 100000
		start := time.Now()
		for i := range n {
			d, err := crdt.Decode(canonical)
			if err != nil {
				return err
			}
			w := crdt.NewWriter(crdt.ReplicaID{1}, uint64(100+i), 2)
			if d, _, err = d.Apply(w, ops); err != nil {
				return err
			}
			out = d.AppendCanonical(out[:0])
		}
		took = append(took, float64(time.Since(start).Nanoseconds())/n/1000)
	}
	b.add("load, set one field, encode; 10 fields", median(took), "µs", atMost(1.5), "", "")
	b.add("encoded size of that document", float64(len(canonical))/float64(len(body(1))), "× JSON", atMost(1.3),
		fmt.Sprintf("%d B", len(canonical)), fmt.Sprintf("%d B of JSON", len(body(1))))
	return nil
}
