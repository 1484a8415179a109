package position_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/crdt/position"
	"pgregory.net/rapid"
)

// FuzzReader reads any bytes, told any ids: what is accepted is written as the
// same bytes again, and its positions are in an order.
func FuzzReader(f *testing.F) {
	for i := range 30 {
		p := rapid.Custom(func(t *rapid.T) packed { return pack(drawLists(t, drawPositions(t))) }).Example(i)
		f.Add(p.bytes, sizesOf(p), idsOf(p))
	}
	barrage.Fuzz(f, func(t *testing.T, b, sizes, ids []byte) {
		p := packed{bytes: b}
		for i := range 4 {
			p.replicas = append(p.replicas, name(i))
		}
		told := 0 // elements that were read elsewhere, each from a byte at least
		for _, n := range sizes {
			p.sizes, told = append(p.sizes, int(n)), told+int(n)
		}
		for _, c := range ids {
			p.ids = append(p.ids, position.ID{Replica: name(int(c) % 4), Counter: uint64(c) / 4})
		}
		alloc.Bounded(t, len(b)+16*len(ids)+told, func() { _, _ = p.unpack() })
		elements, err := p.unpack()
		if err != nil {
			return
		}
		var lists [][]position.Element
		var all []position.Position
		rest := elements
		for _, n := range p.sizes {
			lists, rest = append(lists, rest[:n]), rest[n:]
		}
		for _, e := range elements {
			all = append(append(all, e.Origin), e.Places...)
		}
		again := position.Append(nil, lists, func(r [16]byte) int { return int(r[0] - 'a') })
		if !bytes.Equal(again, b) {
			t.Fatalf("%x is read, and written as %x", b, again)
		}
		ranks := position.Ranks(all)
		for i := 1; i < len(all); i++ {
			if c := position.Compare(all[i-1], all[i]); c < 0 != (ranks[i-1] < ranks[i]) || c == 0 != (ranks[i-1] == ranks[i]) {
				t.Fatalf("%s and %s compare as %d and rank %d and %d", all[i-1], all[i], c, ranks[i-1], ranks[i])
			}
		}
	})
}

func sizesOf(p packed) (b []byte) {
	for _, n := range p.sizes {
		b = append(b, byte(n))
	}
	return b
}

func idsOf(p packed) (b []byte) {
	for _, id := range p.ids {
		b = append(b, byte(id.Counter*4)+id.Replica[0]-'a')
	}
	return b
}

// TestOneEncoding changes, drops or adds a byte anywhere: it is refused, or
// means something else.
func TestOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pack(drawLists(t, drawPositions(t)))
		was, err := p.unpack()
		if err != nil {
			t.Fatal(err)
		}
		original := bytes.Clone(p.bytes)
		at := rapid.IntRange(0, len(p.bytes)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			p.bytes = append(bytes.Clone(p.bytes[:at]), p.bytes[at+1:]...)
		case 1:
			p.bytes = append(append(bytes.Clone(p.bytes[:at]), rapid.Byte().Draw(t, "added")), p.bytes[at:]...)
		default:
			p.bytes[at] = rapid.Byte().Draw(t, "byte")
		}
		is, err := p.unpack()
		if err != nil || bytes.Equal(original, p.bytes) {
			return
		}
		same := len(is) == len(was)
		for i := range is {
			same = same && sameElement(is[i], was[i])
		}
		if same {
			t.Fatalf("%x and %x are both read, as the same", original, p.bytes)
		}
	})
}

// TestRefused lists what is refused although it could be understood.
func TestRefused(t *testing.T) {
	a := func(counter uint64) position.ID { return position.ID{Replica: name(0), Counter: counter} }
	for _, c := range []struct {
		what  string
		bytes []byte
		size  int
		ids   []position.ID
		want  string
	}{
		{"nothing", nil, 0, nil, "malformed positions: unusual elements"},
		{"a long number", []byte{0x80, 0}, 0, nil, "malformed positions: unusual elements"},
		{"more unusual elements than elements", []byte{1, 1, 2}, 1, []position.ID{a(1)}, "malformed positions: more elements than there are"},
		{"marks cut off", []byte{1, 0, 0}, 1, []position.ID{a(1)}, "malformed positions: marks"},
		{"two origins", []byte{1, 0, 1, 1, 2}, 1, []position.ID{a(1)}, "malformed positions: marks"},
		{"an unknown mark", []byte{1, 0, 3, 2}, 1, []position.ID{a(1)}, "malformed positions: marks"},
		{"a usual element as an unusual", []byte{1, 0, 1, 2}, 1, []position.ID{a(1)}, "malformed positions: usual element among the unusual"},
		{"an id too few", []byte{0, 3, 1}, 1, nil, "malformed positions: 0 ids for 1 places"},
		{"a group of an unknown run", []byte{0, 0, 1}, 1, []position.ID{a(1)}, "malformed positions: unknown run"},
		{"a run below an unknown one", []byte{0, 8 + 3, 0, 1}, 1, []position.ID{a(1)}, "malformed positions: unknown parent"},
		{"a run on the left of the top", []byte{0, 4 + 3, 0, 1}, 1, []position.ID{a(1)}, "malformed positions: unknown parent"},
		{"a run that its place tells", []byte{0, 2, 0, 2, 0, 1}, 1, []position.ID{a(1)}, "malformed positions: run whose id its first place tells"},
		{"a run of an unknown replica", []byte{0, 2, 9, 2, 0, 1}, 1, []position.ID{a(2)}, "malformed positions: id of a run"},
		{"a run with counter 0", []byte{0, 2, 0, 0, 0, 1}, 1, []position.ID{a(2)}, "malformed positions: id of a run"},
		{"a run that no place uses", []byte{0, 2, 0, 2, 2, 0, 4, 0, 1}, 1, []position.ID{a(2)}, "malformed positions: unused run"},
		{"a run that is passed over", []byte{0, 3, 1, 2, 0, 4, 8, 1}, 2, []position.ID{a(1), a(2)}, "malformed positions: unused run"},
		{"a run twice", []byte{0, 3, 1, 3, 1}, 2, []position.ID{a(1), a(1)}, "malformed positions: run twice"},
		{"a place of another replica", []byte{0, 3, 2}, 2, []position.ID{a(1), {Replica: name(1), Counter: 2}}, "malformed positions: place of another run"},
		{"a place older than its run", []byte{0, 3, 2}, 2, []position.ID{a(2), a(1)}, "malformed positions: place of another run"},
		{"the first element prepended", []byte{0, 2, 0, 2, 1, 1}, 1, []position.ID{a(1)}, "malformed positions: place of another run"},
		{"an empty group", []byte{0, 3, 0}, 1, []position.ID{a(1)}, "malformed positions: length of a group"},
		{"a group of too many", []byte{0, 3, 2}, 1, []position.ID{a(1)}, "malformed positions: length of a group"},
		{"a group cut in two", []byte{0, 3, 1, 0, 1}, 2, []position.ID{a(1), a(2)}, "malformed positions: group cut in two"},
		{"a place where none is", []byte{1, 0, 2, 3, 1}, 1, nil, "malformed positions: first element that is no place"},
		{"an origin beyond all counters", []byte{1, 0, 2, 2, 0, 2, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 1, nil, "malformed positions: origin out of bounds"},
		{"an origin that is a place", []byte{1, 0, 0, 2, 3, 2, 0}, 1, []position.ID{a(1)}, "malformed positions: origin that is a place written as if it were none"},
		{"bytes after the end", []byte{0, 3, 1, 0}, 1, []position.ID{a(1)}, "malformed positions: bytes after the end"},
	} {
		p := packed{bytes: c.bytes, sizes: []int{c.size}, ids: c.ids, replicas: [][16]byte{name(0), name(1)}}
		if _, err := p.unpack(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, not %s", c.what, err, c.want)
		}
	}
}
