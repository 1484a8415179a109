package position_test

import (
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// hostile is as many runs as fit in a number of bytes, in one chain, and one
// element at its end.
func hostile(size int) packed {
	b := []byte{1, 0, 2, 2, 0, 2} // one element without a place; a run a:1
	counters := [2]int64{1, 0}
	for i := 1; len(b) < size; i++ {
		b = append(b, 4*2+2, 0, byte(i%2)) // hangs on the right of the last one
		b = binary.AppendVarint(b, 1)
		counters[i%2]++
	}
	return packed{bytes: append(b, 0, 1, 0), sizes: []int{1}, replicas: [][16]byte{name(0), name(1)}}
}

// TestHostile reads, orders and writes chains that are as deep as bytes can
// make them: memory stays within a multiple of the bytes, and the work is done
// before anybody notices.
func TestHostile(t *testing.T) {
	const size = 1 << 20
	p := hostile(size)
	perByte := func(what string, most float64, fn func()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		fn()
		runtime.ReadMemStats(&after)
		got := float64(after.TotalAlloc-before.TotalAlloc) / size
		t.Logf("%s: %.0f bytes for each that came", what, got)
		if got > most {
			t.Errorf("%s: %.0f bytes for each that came, at most %.0f are expected", what, got, most)
		}
	}
	var elements []position.Element
	perByte("read", 150, func() {
		var err error
		if elements, err = p.unpack(); err != nil {
			t.Fatal(err)
		}
	})
	deep := elements[0].Origin
	at := []position.Position{deep}
	for range 1000 { // elements all the way down
		up, _ := at[len(at)-1].Parent()
		at = append(at, up)
	}
	perByte("rank", 200, func() {
		for i, r := range position.Ranks(at) {
			if r != len(at)-1-i {
				t.Fatalf("%d-th has rank %d", i, r)
			}
		}
	})
	perByte("write", 150, func() {
		if again := pack([][]position.Element{elements}); string(again.bytes) != string(p.bytes) {
			t.Error("written otherwise")
		}
	})
	if position.Compare(deep.Copy(), deep) != 0 {
		t.Error("a copy differs")
	}
}
