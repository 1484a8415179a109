package view

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// FuzzReceived: whatever a peer sends, a View stays within its bounds, says
// nothing that is too large, and either ignores the message or cuts the peer.
func FuzzReceived(f *testing.F) {
	e := pack(Entry{"x", []string{"at x"}})
	for _, m := range []message{
		{Kind: kindNeighbour, N: high, About: e}, {Kind: kindNeighbour, N: visit, Seconds: 7}, {Kind: kindAccepted},
		{Kind: kindFull, Sample: [][]string{e, {"y"}}}, {Kind: kindLeaving}, {Kind: kindWalk, N: 3, About: e},
		{Kind: kindShuffle, N: 5, Path: []string{"peer"}, Sample: [][]string{e}}, {Kind: kindAnswer, Path: []string{"me"}, Sample: [][]string{e}},
	} {
		f.Add(m.encode())
	}
	f.Add([]byte{0x86, 1, 2})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		now := time.Unix(1e9, 0)
		v := New(Options{Self: "me", Active: 2, Passive: 4, Rand: rand.New(rand.NewPCG(1, 2))})
		for _, in := range []Input{
			Known{[]Entry{{"a", nil}, {"b", nil}, {"peer", nil}}}, Up{"a"}, Received{"a", Request()}, Up{"peer"}, Received{"peer", Request()},
		} {
			v.Step(now, in)
		}
		cut := false
		var outputs []Output
		alloc.BoundedOnce(t, len(b), func() { outputs = v.Step(now, Received{"peer", b}) })
		for _, o := range outputs {
			switch o := o.(type) {
			case Send:
				if _, err := decode(o.Message); err != nil || len(o.Message) > MaxMessage {
					t.Errorf("says %d bytes that cannot be read: %v", len(o.Message), err)
				}
			case Cut:
				cut = true
			}
		}
		m, err := decode(b)
		if cut != (err != nil) {
			t.Errorf("cut %v, message %v", cut, err)
		}
		if err == nil && !bytes.Equal(must(decode(m.encode())).encode(), m.encode()) {
			t.Error("reads another message than it wrote")
		}
		if len(v.members) > 4+2+maxGuests+1 || v.count(isNeighbour) > 2 {
			t.Errorf("%d members, %d neighbours", len(v.members), v.count(isNeighbour))
		}
	})
}

func must(m message, err error) message {
	if err != nil {
		panic(err)
	}
	return m
}
