package storage_test

import (
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

type dots map[crdt.Dot]bool

func dotsOf(ds []crdt.Dot) dots {
	s := dots{}
	for _, d := range ds {
		s[d] = true
	}
	return s
}

func liveDots(t failer, body []byte) dots {
	t.Helper()
	d, err := crdt.Decode(body)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return dotsOf(slices.Collect(d.Dots()))
}

func (s dots) String() string {
	var l []string
	for d := range s {
		l = append(l, d.String())
	}
	slices.Sort(l)
	return fmt.Sprint(l)
}

func (s dots) equal(o dots) bool {
	if len(s) != len(o) {
		return false
	}
	for d := range s {
		if !o[d] {
			return false
		}
	}
	return true
}

// joinDots is Law A on sets.
func joinDots(l dots, c crdt.VersionVector, r dots, d crdt.VersionVector) dots {
	out := dots{}
	for x := range l {
		if r[x] || !d.Has(x) {
			out[x] = true
		}
	}
	for x := range r {
		if !c.Has(x) {
			out[x] = true
		}
	}
	return out
}

// oracle is what one replica must hold, as sets, key by key: live dots, heads,
// a vector; and what it has ever incorporated or seen removed.
type oracle struct {
	live, heads, seen, gone map[string]dots
	know                    map[string]crdt.VersionVector
}

func newOracle() *oracle {
	o := &oracle{map[string]dots{}, map[string]dots{}, map[string]dots{}, map[string]dots{}, map[string]crdt.VersionVector{}}
	for _, k := range lawsKeys {
		o.forget(k)
	}
	return o
}

func (o *oracle) forget(key string) {
	o.live[key], o.heads[key], o.seen[key], o.gone[key] = dots{}, dots{}, dots{}, dots{}
	o.know[key] = crdt.VersionVector{}
}
