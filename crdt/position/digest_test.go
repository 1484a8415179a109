package position

import (
	"slices"
	"testing"
)

func TestDigestAndIDs(t *testing.T) {
	id := func(replica byte, counter uint64) ID { return ID{[16]byte{replica}, counter} }
	a1 := Between(Position{}, Position{}, id('a', 1))
	a2 := Between(a1, Position{}, id('a', 2))
	a3 := Between(Position{}, a1, id('a', 3))
	b1 := Between(a1, a2, id('b', 1))
	b2 := Between(a2, Position{}, id('b', 2))
	all := []Position{a1, a2, a3, b1, b2}
	var d Digester
	for i, p := range all {
		for k, q := range all {
			if (d.Digest(p) == d.Digest(q)) != (i == k) {
				t.Errorf("%v and %v", p, q)
			}
		}
		var again Digester
		if again.Digest(p) != d.Digest(p) {
			t.Errorf("%v has two digests", p)
		}
	}
	seen := func(at ...Position) []ID {
		var ids []ID
		IDs(at, func(i ID) bool { ids = append(ids, i); return true })
		slices.SortFunc(ids, ID.Compare)
		return slices.Compact(ids)
	}
	if got := seen(b2); !slices.Equal(got, []ID{id('a', 1), id('a', 2), id('b', 2)}) {
		t.Errorf("above %v: %v", b2, got)
	}
	if got := seen(all...); len(got) != len(all) {
		t.Errorf("of all: %v", got)
	}
}
