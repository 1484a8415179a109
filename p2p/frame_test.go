package p2p

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

func TestFramesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 300)).Draw(t, "messages")
		if rapid.Bool().Draw(t, "big") {
			messages = append(messages, bytes.Repeat([]byte{7}, rapid.IntRange(60<<10, 300<<10).Draw(t, "size")))
		}
		var wire bytes.Buffer
		for _, m := range messages {
			if err := WriteMessage(&wire, m); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteClose(&wire, "that's all"); err != nil {
			t.Fatal(err)
		}
		// Half of all reads end in a deadline; Next goes on after each.
		r := NewFrameReader(&flaky{r: iotest.HalfReader(&wire)})
		next := func() ([]byte, error) {
			for {
				m, err := r.Next()
				if !errors.Is(err, errFlaky) {
					return m, err
				}
			}
		}
		for i, want := range messages {
			if got, err := next(); err != nil || got == nil || !bytes.Equal(got, want) {
				t.Fatalf("message %d: %d bytes, %v; want %d", i, len(got), err, len(want))
			}
		}
		var closed *CloseError
		if _, err := next(); !errors.As(err, &closed) || !closed.ByPeer || closed.Reason != "that's all" {
			t.Fatalf("close: %v", err)
		}
	})
}

var errFlaky = errors.New("deadline")

type flaky struct {
	r    io.Reader
	fail bool
}

func (f *flaky) Read(b []byte) (int, error) {
	if f.fail = !f.fail; f.fail {
		return 0, errFlaky
	}
	return f.r.Read(b)
}

func TestFrameTooLarge(t *testing.T) {
	if err := WriteMessage(io.Discard, make([]byte, MaxMessage+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("write: %v", err)
	}
	for _, header := range []uint32{MaxMessage + 1, 1<<31 - 1, frameClose | MaxReason + 1, 1<<32 - 1} {
		r := NewFrameReader(bytes.NewReader(binary.BigEndian.AppendUint32(nil, header)))
		allocated := testing.AllocsPerRun(1, func() {
			if _, err := r.Next(); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%#x: %v", header, err)
			}
		})
		if allocated > 10 {
			t.Errorf("%#x: %v allocations", header, allocated)
		}
	}
}

// TestAnnouncedButNotSent: a header alone does not make the reader allocate
// what it announces.
func TestAnnouncedButNotSent(t *testing.T) {
	wire := binary.BigEndian.AppendUint32(nil, MaxMessage)
	r := NewFrameReader(bytes.NewReader(append(wire, 1, 2, 3)))
	if _, err := r.Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v", err)
	}
	if len(r.body) > frameGrow {
		t.Errorf("%d bytes allocated for 3", len(r.body))
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 'x', 128, 0, 0, 2, 'n', 'o'})
	f.Add([]byte{0, 4, 0, 0})
	f.Add([]byte{255, 255, 255, 255})
	barrage.Fuzz(f, func(t *testing.T, wire []byte) {
		alloc.Bounded(t, len(wire), func() {
			r := NewFrameReader(bytes.NewReader(wire))
			for _, err := r.Next(); err == nil; {
				_, err = r.Next()
			}
		})
		r := NewFrameReader(bytes.NewReader(wire))
		var back bytes.Buffer
		for {
			m, err := r.Next()
			if err == nil {
				err = WriteMessage(&back, m)
			}
			if err != nil {
				break
			}
		}
		if !bytes.HasPrefix(wire, back.Bytes()) {
			t.Errorf("%x read as %x", wire, back.Bytes())
		}
	})
}
