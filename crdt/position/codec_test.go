package position_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
	"pgregory.net/rapid"
)

// packed is bytes with what their reader is told.
type packed struct {
	bytes    []byte
	sizes    []int
	ids      []position.ID
	replicas [][16]byte
}

func pack(lists [][]position.Element) packed {
	var p packed
	for _, elements := range lists {
		p.sizes = append(p.sizes, len(elements))
		for _, e := range elements {
			for _, at := range e.Places {
				p.ids = append(p.ids, at.ID())
			}
		}
	}
	p.bytes = position.Append(nil, lists, func(r [16]byte) int {
		i := slices.Index(p.replicas, r)
		if i < 0 {
			i = len(p.replicas)
			p.replicas = append(p.replicas, r)
		}
		return i
	})
	return p
}

func (p packed) unpack() ([]position.Element, error) {
	r, err := position.Open(p.bytes, p.sizes)
	if err != nil {
		return nil, err
	}
	return r.Elements(p.ids, func(number uint64) (replica [16]byte, ok bool) {
		if number >= uint64(len(p.replicas)) {
			return replica, false
		}
		return p.replicas[number], true
	})
}

func equal(a, b position.Position) bool { return position.Compare(a, b) == 0 }

func sameElement(a, b position.Element) bool {
	return equal(a.Origin, b.Origin) && slices.EqualFunc(a.Places, b.Places, equal)
}

// drawLists draws lists of elements out of positions, some of them moved or
// removed.
func drawLists(t *rapid.T, at []position.Position) (lists [][]position.Element) {
	for range rapid.IntRange(0, 3).Draw(t, "lists") {
		var elements []position.Element
		for _, p := range at {
			e := position.Element{Origin: p}
			switch rapid.IntRange(0, 9).Draw(t, "element") {
			case 0:
				continue
			case 1:
			case 2:
				e.Places = rapid.SliceOfN(rapid.SampledFrom(at), 0, 3).Draw(t, "places")
				e.Places = dedupe(e.Places)
			default:
				e.Places = []position.Position{p}
			}
			elements = append(elements, e)
		}
		lists = append(lists, elements)
	}
	return lists
}

func dedupe(at []position.Position) (out []position.Position) {
	for _, p := range at {
		if !slices.ContainsFunc(out, func(o position.Position) bool { return equal(p, o) }) {
			out = append(out, p)
		}
	}
	return out
}

// TestCodec reads back what it wrote, whosever copy of a run each position has.
func TestCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := drawPositions(t)
		slices.SortFunc(at, position.Compare)
		lists := drawLists(t, at)
		p := pack(lists)
		elements, err := p.unpack()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(elements, slices.Concat(lists...), sameElement) {
			t.Fatalf("read %v, wrote %v", elements, lists)
		}
		for _, elements := range lists {
			for i := range elements {
				elements[i].Origin = elements[i].Origin.Copy()
				for k := range elements[i].Places {
					elements[i].Places[k] = elements[i].Places[k].Copy()
				}
			}
		}
		if again := pack(lists); !bytes.Equal(again.bytes, p.bytes) || !slices.Equal(again.replicas, p.replicas) {
			t.Fatalf("copies of runs make %x, not %x", again.bytes, p.bytes)
		}
	})
}

// drawPositions draws positions as replicas make them, or forged ones: any
// shape of tree, with ids that are used twice.
func drawPositions(t *rapid.T) (at []position.Position) {
	if rapid.Bool().Draw(t, "forged") {
		return drawForged(t)
	}
	w := newWorld(rapid.IntRange(1, 4).Draw(t, "replicas"), true)
	w.run(t, rapid.IntRange(1, 40).Draw(t, "steps"), true)
	for _, id := range w.ordered() {
		at = append(at, w.at[id])
	}
	return at
}

const drawnValues = 3 // forged values are this far from the counter of their run

func drawForged(t *rapid.T) (at []position.Position) {
	runs := []position.Position{{}}
	for range rapid.IntRange(1, 12).Draw(t, "runs") {
		up := rapid.SampledFrom(runs).Draw(t, "up")
		onLeft := false
		if !up.IsZero() {
			up, onLeft = up.Along(drawValue(t, up)), rapid.Bool().Draw(t, "left")
		}
		id := position.ID{Replica: name(rapid.IntRange(0, 1).Draw(t, "replica")), Counter: rapid.Uint64Range(1, 3).Draw(t, "counter")}
		p := position.Forge(up, onLeft, id)
		runs = append(runs, p)
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			at = append(at, p.Along(drawValue(t, p)))
		}
	}
	return at
}

func drawValue(t *rapid.T, p position.Position) int64 {
	value := rapid.Int64Range(-drawnValues, drawnValues).Draw(t, "value")
	switch counter := int64(p.Run().Counter); {
	case value < 0:
		return value - counter
	case value > 0:
		return value + counter
	}
	return 0
}
