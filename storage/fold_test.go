package storage

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/storage/splice"
	"pgregory.net/rapid"
)

// Whatever happens to a body, its pieces make it, each is of a length that is
// allowed, no slot is used twice, and few pieces are written for few changes.
func TestFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l layout
		slots := map[uint16][]byte{}
		var body []byte
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			next, edits := slices.Clone(body), 1
			if len(body) == 0 {
				next = make([]byte, rapid.IntRange(inlineBody+1, 120_000).Draw(t, "length"))
				for i := range next {
					next[i] = byte(i ^ i>>8 ^ i>>16 ^ step)
				}
			} else {
				edits = rapid.IntRange(1, 4).Draw(t, "edits")
				for range edits {
					at := rapid.IntRange(0, len(next)-1).Draw(t, "at")
					drop := rapid.SampledFrom([]int{0, 0, 1, 30_000}).Draw(t, "drop")
					put := rapid.SampledFrom([]int{1, 1, 5, 30_000}).Draw(t, "put")
					next = slices.Replace(next, at, min(at+drop, len(next)), make([]byte, put)...)
				}
			}
			if len(next) <= inlineBody { // it would not be in pieces
				continue
			}
			s := splice.Diff(body, next)
			changed, dirty := l.fold(s)
			for _, p := range dirty {
				slots[p.slot] = next[p.at : p.at+p.length]
			}
			var made []byte
			used := map[uint16]bool{}
			for _, p := range changed.pieces {
				if used[p.slot] || p.length != len(slots[p.slot]) || p.length > pieceSize || p.length < pieceLeast && len(changed.pieces) > 1 {
					t.Fatalf("piece %+v: used %v, stored %d", p, used[p.slot], len(slots[p.slot]))
				}
				used[p.slot] = true
				made = append(made, slots[p.slot]...)
			}
			if !slices.Equal(made, next) {
				t.Fatalf("the pieces make %d bytes, want %d", len(made), len(next))
			}
			for slot := range slots {
				if used[slot] == slices.Contains(changed.spare, slot) {
					t.Fatalf("slot %d: used %v, spare %v", slot, used[slot], changed.spare)
				}
			}
			written := 0
			for _, p := range dirty {
				written += p.length
			}
			if most := 3*edits*2*pieceSize + 2*len(s.AppendBinary(nil)); len(body) > 0 && written > most {
				t.Fatalf("%d edits write %d bytes", edits, written)
			}
			again, ok := parseLayout(changed.appendBinary(nil))
			if !ok || !slices.Equal(again.pieces, changed.pieces) || !slices.Equal(again.spare, changed.spare) || again.splices != changed.splices {
				t.Fatalf("read again: %+v %v, want %+v", again, ok, changed)
			}
			l, body = changed, next
		}
	})
}

func FuzzLayout(f *testing.F) {
	f.Add(layout{pieces: []piece{{0, 9000}, {2, 16384}}, spare: []uint16{1, 7}, splices: 3}.appendBinary(nil))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = parseLayout(b) })
		l, ok := parseLayout(b)
		if !ok {
			return
		}
		again, ok := parseLayout(l.appendBinary(nil))
		if !ok || !slices.Equal(again.pieces, l.pieces) || !slices.Equal(again.spare, l.spare) || again.splices != l.splices {
			t.Fatalf("%x: %+v, again %+v", b, l, again)
		}
	})
}
