package antientropy

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestFramesOnTheWire writes a run of frames with arbitrary vectors and reads
// them with the twin of the writer.
func TestFramesOnTheWire(t *testing.T) {
	signers := []*fake{newFake("A"), newFake("B"), newFake("C")}
	rapid.Check(t, func(t *rapid.T) {
		vector := func(name string) crdt.VersionVector {
			v := crdt.VersionVector{}
			for range rapid.IntRange(0, 5).Draw(t, name) {
				v.Raise(crdt.ReplicaID{byte('a' + rapid.IntRange(0, 5).Draw(t, "replica"))}, uint64(rapid.IntRange(1, 9).Draw(t, "counter")))
			}
			return v
		}
		limits := Limits{}.withDefaults()
		writer, reader := wire{limits: limits}, wire{limits: limits}
		for range rapid.IntRange(1, 10).Draw(t, "frames") {
			name := rapid.SampledFrom([]string{"people", "places"}).Draw(t, "collection")
			base := vector("base")
			m := &frame{Collection: name, content: Frame{Base: base, Vector: base.Merge(vector("vector"))}}
			for r, n := range m.content.Vector.All() {
				m.content.Documents = []Document{{Key: "k", Heads: []crdt.Dot{{Replica: r, Counter: n}}, Body: make([]byte, rapid.IntRange(1, 2000).Draw(t, "size"))}}
				break
			}
			for range rapid.IntRange(0, 3).Draw(t, "heads") {
				c := rapid.SampledFrom(signers).Draw(t, "signer").collection(name)
				c.counter++
				m.content.Heads = append(m.content.Heads, c.sign())
			}
			b, err := writer.encode(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.decode(b)
			if err != nil {
				t.Fatal(err)
			}
			f := got.(*frame)
			if err := f.unpack(&reader.names, reader.vectors(name), limits); err != nil {
				t.Fatal(err)
			}
			if f.String() != m.String() || f.cost != m.cost {
				t.Fatalf("%s, cost %d, became %s, cost %d", m, m.cost, f, f.cost)
			}
			for _, h := range f.content.Heads {
				if err := h.Verify(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
