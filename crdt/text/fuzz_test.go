package text_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/crdt/text"
)

// FuzzDecode reads any bytes: what is accepted has that one encoding, and
// merges or is refused without a change.
func FuzzDecode(f *testing.F) {
	var x text.Text
	for i := range uint64(3) {
		if err := x.Insert("ann", 10*i, x.Len()/2, "aé𝄞"); err != nil {
			f.Fatal(err)
		}
		if err := x.Delete("bob", 4*i, 1, 2); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(x.AppendCanonical(nil))
	f.Add(x.Delta(text.Version{{Agent: "ann", Seq: 2}}).Append(nil))
	f.Add((&text.Delta{}).Append(nil))
	canonical := x.AppendCanonical(nil)
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = text.Decode(b) })
		d, err := text.Decode(b)
		if err != nil {
			if !errors.Is(err, text.ErrMalformed) && !errors.Is(err, text.ErrTooLarge) && !errors.Is(err, text.ErrOverlap) {
				t.Fatalf("error without a name: %v", err)
			}
			return
		}
		if !bytes.Equal(d.Append(nil), b) {
			t.Fatal("a second encoding was accepted")
		}
		for _, y := range []*text.Text{{}, x.Clone()} {
			had, content := y.Events(), y.String()
			if _, err := y.Merge(d); err != nil {
				if y.Events() != had || y.String() != content {
					t.Fatal("a refused delta changed the text")
				}
				continue
			}
			if had > 0 && y.Events() == had && !bytes.Equal(y.AppendCanonical(nil), canonical) {
				t.Fatal("canonical bytes changed without events")
			}
			again, err := text.Decode(y.AppendCanonical(nil))
			if err != nil {
				t.Fatal(err)
			}
			var z text.Text
			if _, err := z.Merge(again); err != nil || z.String() != y.String() {
				t.Fatalf("%q does not come back: %q, %v", y.String(), z.String(), err)
			}
		}
	})
}

// FuzzMerge makes a graph of any shape out of the input, four bytes for each
// event, and merges it in pieces. The oracle says which events cannot be:
// they are refused and nothing changes; all others give the oracle's text.
func FuzzMerge(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 1, 0, 0, 2, 1, 1, 0, 0x10, 1, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x12, 1, 0, 2, 2, 4, 1, 1})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		var o oracle
		var x, inOrder text.Text
		seqs := map[text.Agent]uint64{}
		b = b[:min(len(b), 240)]
		all := b
		for ; len(b) >= 4; b = b[4:] {
			agent := []text.Agent{"a", "b", "c"}[b[0]%3]
			id := text.ID{Agent: agent, Seq: seqs[agent]}
			var parents []int
			var version text.Version
			for _, back := range []byte{b[1] % 8, b[2] % 8} {
				if n := len(o.events); back > 0 && int(back) <= n {
					parents = append(parents, n-int(back))
					version = append(version, o.events[n-int(back)].id)
				}
			}
			d, at := &text.Delta{}, int(b[3]%16)
			deletes := b[0]&0x10 != 0
			var r rune
			var err error
			if deletes {
				err = d.Delete(id, version, at, 1)
			} else {
				r = rune('a' + len(o.events)%26)
				err = d.Insert(id, version, at, string(r))
			}
			if err != nil {
				t.Fatal(err)
			}
			content := x.String()
			alloc.BoundedOnce(t, len(all), func() { _, err = x.Merge(d) })
			if ok := o.add(id, parents, at, r); ok != (err == nil) || !ok && (!errors.Is(err, text.ErrPosition) || x.String() != content) {
				t.Fatalf("event %s at %d of %s: %v, the oracle says %v", id, at, version, err, ok)
			} else if ok {
				seqs[agent] += 1 + uint64(b[0]>>7)
				if _, err := inOrder.Merge(d); err != nil || inOrder.Canonical() != string(x.AppendCanonical(nil)) {
					t.Fatalf("other canonical bytes after event %s: %v", id, err)
				}
			}
		}
		heads := make([]int, len(o.events))
		for i := range heads {
			heads[i] = i
		}
		if got, want := x.String(), o.show(heads); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		d, err := text.Decode(x.AppendCanonical(nil))
		if err != nil {
			t.Fatal(err)
		}
		var y text.Text
		if _, err := y.Merge(d); err != nil || y.String() != x.String() {
			t.Fatalf("%q does not come back: %q, %v", x.String(), y.String(), err)
		}
	})
}
