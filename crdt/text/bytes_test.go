package text_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// sample is small, and has everything that the format knows.
func sample(t *testing.T) *text.Text {
	t.Helper()
	x := &text.Text{}
	y := &text.Text{}
	for _, err := range []error{
		x.Insert("ann", 1, 0, "hé"), x.Insert("ann", 3, 2, "llo"), y.Insert("bob", 7, 0, "abc"),
		x.Delete("ann", 6, 3, 1), x.Delete("ann", 7, 2, 1), y.Delete("bob", 20, 0, 2),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	bring(t, y, x)
	if err := x.Insert("cat", 1, 1, "!"); err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGoldenBytes holds the format: a change of it is a decision, not a slip.
func TestGoldenBytes(t *testing.T) {
	x := sample(t)
	const whole = "010303616e6e03626f6203636174000400020700010e030001140201020201040c02050f" +
		"0809070300010005020a68c3a96c6c6f61626321"
	if got := hex.EncodeToString(x.AppendCanonical(nil)); got != whole {
		t.Errorf("whole text:\n%s, want\n%s", got, whole)
	}
	const delta = "010303616e6e03626f620363617402000701080301120102030114020102020104010203030703040502026321"
	if got := hex.EncodeToString(x.Delta(text.Version{at("ann", 7), at("bob", 8)}).Append(nil)); got != delta {
		t.Errorf("delta:\n%s, want\n%s", got, delta)
	}
}

// TestDecodeRefuses breaks good bytes in every way: each prefix, each byte
// made another one, and some by hand.
func TestDecodeRefuses(t *testing.T) {
	good := sample(t).AppendCanonical(nil)
	if _, err := text.Decode(good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := text.Decode(good[:n]); !errors.Is(err, text.ErrMalformed) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := text.Decode(append(slices.Clone(good), 0)); !errors.Is(err, text.ErrMalformed) {
		t.Errorf("a byte more: %v", err)
	}
	for i := range good {
		for bit := range 8 {
			bad := slices.Clone(good)
			bad[i] ^= 1 << bit
			if d, err := text.Decode(bad); err == nil && string(d.Append(nil)) != string(bad) {
				t.Errorf("byte %d, bit %d: a second encoding", i, bit)
			}
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"long varint":      {[]byte{1, 0x80, 0, 0, 0, 0, 0}, text.ErrMalformed},
		"many agents":      {[]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}, text.ErrMalformed},
		"many chains":      {[]byte{1, 0, 0, 100, 0, 0}, text.ErrMalformed},
		"agent twice":      {[]byte{1, 2, 1, 'a', 1, 'a', 0, 0, 0, 0}, text.ErrMalformed},
		"agent unused":     {[]byte{1, 1, 1, 'a', 0, 0, 0, 0}, text.ErrMalformed},
		"one backward":     {append(oneChain(1, 0)[:11], 5, 2, 0), text.ErrMalformed},
		"huge deletion":    {oneChain(1<<40, 0), text.ErrTooLarge},
		"too many events":  {oneChain(text.MaxEvents+1, 0), text.ErrTooLarge},
		"numbers run over": {oneChain(5, -3), text.ErrMalformed},
	} {
		if _, err := text.Decode(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// oneChain is a deletion of n code points by "a", beginning at seq.
func oneChain(n uint64, seq int64) []byte {
	b := []byte{1, 1, 1, 'a', 0, 1, 0}
	b = binary.AppendVarint(b, seq)
	b = binary.AppendUvarint(b, n)
	b = append(b, 0, 1)
	b = binary.AppendUvarint(b, 3*n+1)
	return append(b, 0, 0)
}

// TestOverlapInDelta refuses bytes in which two chains share an id.
func TestOverlapInDelta(t *testing.T) {
	b := []byte{1, 1, 1, 'a', 0, 2, 0, 0, 2, 0, 0, 3, 1, 0, 2, 6, 3, 0, 3, 3, 'x', 'y', 'z'}
	if _, err := text.Decode(b); !errors.Is(err, text.ErrOverlap) {
		t.Errorf("%v, want %v", err, text.ErrOverlap)
	}
}

func TestLoadRefuses(t *testing.T) {
	x := sample(t)
	canonical := x.AppendCanonical(nil)
	for name, c := range map[string]struct {
		b       []byte
		content string
		want    error
	}{
		"malformed": {canonical[1:], x.String(), text.ErrMalformed},
		"a delta":   {x.Delta(text.Version{at("ann", 2)}).Append(nil), x.String(), text.ErrMalformed},
		"longer":    {canonical, strings.Repeat("x", 100), text.ErrDamaged},
		"not UTF-8": {canonical, "\xff", text.ErrUTF8},
	} {
		if _, err := text.Load(c.b, c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// Content of another length is noticed when concurrent events are replayed.
	y, err := text.Load(canonical, "x")
	if err != nil {
		t.Fatal(err)
	}
	d := build(t, ins(at("dan", 1), 0, "d"))
	if _, err := y.Merge(d); !errors.Is(err, text.ErrDamaged) || y.String() != "x" {
		t.Errorf("merge into wrong content: %v, %q", err, y.String())
	}
}

// TestMemory holds an open automerge-paper document, ready to edit, below
// 2 MB.
func TestMemory(t *testing.T) {
	tr := loadTrace(t, "automerge-paper")
	var x text.Text
	tr.edit(t, &x)
	canonical := x.AppendCanonical(nil)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	y, err := text.Load(canonical, tr.EndContent)
	if err != nil {
		t.Fatal(err)
	}
	used := int64(heap() - before)
	t.Logf("%d bytes", used)
	if used > 2<<20 {
		t.Errorf("%d bytes for an open document", used)
	}
	runtime.KeepAlive(y)
	runtime.KeepAlive(tr)
	runtime.KeepAlive(&x)
	runtime.KeepAlive(canonical)
}
