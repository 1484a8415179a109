package splice_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/storage/splice"
	"pgregory.net/rapid"
)

// text draws bytes of a small alphabet, so that much of it repeats.
func text(t *rapid.T, name string, most int) []byte {
	return rapid.SliceOfN(rapid.ByteRange('a', rapid.SampledFrom([]byte{'a', 'b', 'z'}).Draw(t, "last")), 0, most).Draw(t, name)
}

// rewrite changes some runs of b.
func rewrite(t *rapid.T, b []byte) []byte {
	b = bytes.Clone(b)
	for range rapid.IntRange(0, 6).Draw(t, "edits") {
		at := rapid.IntRange(0, len(b)).Draw(t, "at")
		drop := rapid.IntRange(0, min(len(b)-at, 120)).Draw(t, "drop")
		b = append(b[:at:at], append(text(t, "put", 120), b[at+drop:]...)...)
	}
	return b
}

// check holds for every splice of source.
func check(t *rapid.T, s splice.Splice, source []byte) {
	if s.Source() != len(source) {
		t.Fatalf("source of %d bytes, want %d", s.Source(), len(source))
	}
	n, end := 0, 0
	for i, r := range s.Runs() {
		switch {
		case r.Len <= 0, r.New != nil && len(r.New) != r.Len:
			t.Fatalf("run %d of %d bytes: %+v", i, r.Len, r)
		case i > 0 && r.New != nil && s.Runs()[i-1].New != nil:
			t.Fatalf("two runs of new bytes at %d", i)
		case r.New == nil && (r.From < end || i > 0 && s.Runs()[i-1].New == nil && r.From == end):
			t.Fatalf("run %d from %d, the one before ends at %d", i, r.From, end)
		}
		if n += r.Len; r.New == nil {
			end = r.From + r.Len
		}
	}
	if n != s.Len() || n != len(s.Apply(source)) {
		t.Fatalf("runs of %d bytes, Len %d, makes %d", n, s.Len(), len(s.Apply(source)))
	}
	again, err := splice.Parse(s.AppendBinary(nil), len(source))
	if err != nil || !bytes.Equal(again.Apply(source), s.Apply(source)) || !bytes.Equal(again.AppendBinary(nil), s.AppendBinary(nil)) {
		t.Fatalf("read again: %+v %v, want %+v", again, err, s)
	}
}

func TestDiffMakesTheChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := text(t, "old", 600)
		changed := rewrite(t, old)
		if rapid.IntRange(0, 4).Draw(t, "unlike") == 0 {
			changed = text(t, "changed", 600)
		}
		s := splice.Diff(old, changed)
		check(t, s, old)
		if got := s.Apply(old); !bytes.Equal(got, changed) {
			t.Fatalf("made %q of %q, want %q", got, old, changed)
		}
	})
}

func TestJoinIsOneAfterTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := text(t, "first", 400)
		last, chain := first, []splice.Splice{splice.Same(len(first))}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			next := rewrite(t, last)
			chain = append(chain, splice.Diff(last, next))
			last = next
		}
		s := splice.Join(chain)
		check(t, s, first)
		if got := s.Apply(first); !bytes.Equal(got, last) {
			t.Fatalf("made %q, want %q", got, last)
		}
	})
}

// Changes that are small and far apart are found as what they are, whatever
// lies between them, in a source without and with structure.
func TestDiffIsSmall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	counted := make([]byte, 0, 300_000)
	for i := 0; len(counted) < 300_000; i++ {
		counted = append(counted, byte(i), byte(i>>8), 0, 1)
	}
	for name, old := range map[string][]byte{"noise": noise, "counted": counted} {
		for _, edit := range []struct{ drop, put, most int }{{0, 1, 20}, {1, 1, 20}, {3, 0, 20}, {20, 15, 45}, {0, 500, 520}, {500, 0, 20}, {300, 400, 420}} {
			var changed []byte
			at := 0
			for i := range 10 {
				next := 1000 + i*29_000
				changed = append(changed, old[at:next]...)
				for range edit.put {
					changed = append(changed, byte(random.Uint32()))
				}
				at = next + edit.drop
			}
			changed = append(changed, old[at:]...)
			s := splice.Diff(old, changed)
			if !bytes.Equal(s.Apply(old), changed) {
				t.Fatalf("%s: not the changed", name)
			}
			if n := len(s.AppendBinary(nil)); n > 10*edit.most {
				t.Errorf("%s: ten edits of %d for %d bytes cost %d bytes, want at most %d", name, edit.put, edit.drop, n, 10*edit.most)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{3, 1, 2, 'a', 'b', 5, 0, 1, 'c'}, 20)
	f.Add([]byte{}, 0)
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 0}, 9)
	barrage.Fuzz(f, func(t *testing.T, b []byte, n int) {
		alloc.Bounded(t, len(b), func() { _, _ = splice.Parse(b, min(max(n, 0), 1<<12)) })
		source := make([]byte, min(max(n, 0), 1<<12))
		s, err := splice.Parse(b, len(source))
		if err != nil {
			if !errors.Is(err, splice.ErrMalformed) {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		if made := s.Apply(source); len(made) != s.Len() || len(made) > len(source)+len(b) {
			t.Fatalf("%x: made %d bytes, Len %d", b, len(made), s.Len())
		}
		if again := s.AppendBinary(nil); len(again) > len(b) {
			t.Fatalf("%x has the shorter encoding of %x", b, again)
		}
	})
}

func BenchmarkDiff(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	old := make([]byte, 256<<10)
	for i := range old {
		old[i] = 'a' + byte(random.IntN(26))
	}
	typed := bytes.Clone(old)
	for _, at := range []int{2, 9_000, 131_072, 200_000, 262_000} {
		typed = slices.Insert(typed, at, 'X')
	}
	for name, changed := range map[string][]byte{"keystroke": typed, "unlike": make([]byte, len(old))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(old)))
			for b.Loop() {
				splice.Diff(old, changed)
			}
		})
	}
}
