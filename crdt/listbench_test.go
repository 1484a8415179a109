package crdt_test

import (
	"strconv"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// BenchmarkPutList puts 100,000 elements over as many: the same, with one
// changed, and all others.
func BenchmarkPutList(b *testing.B) {
	const n = 100_000
	d := put(b, array(n, strconv.Itoa))
	for name, element := range map[string]func(int) string{
		"same": strconv.Itoa,
		"one": func(i int) string {
			if i == n/2 {
				return `"x"`
			}
			return strconv.Itoa(i)
		},
		"all": func(i int) string { return strconv.Itoa(n + i) },
	} {
		p := parse(b, array(n, element))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := d.Put(stranger(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPatchList moves, inserts and removes in a list of 10,000, a
// thousand times in one patch.
func BenchmarkPatchList(b *testing.B) {
	d := put(b, array(10_000, strconv.Itoa))
	var ops []crdt.Op
	for i := range 1000 {
		ops = append(ops, crdt.Op{Op: "move", From: i, To: 9_999 - i}, crdt.Op{Op: "insert", At: 5_000, Value: parse(b, "1")}, crdt.Op{Op: "delete", At: 2_500, Len: 1})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Apply(stranger(), ops); err != nil {
			b.Fatal(err)
		}
	}
}
