package main

import (
	"fmt"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// The first bytes of messages; see docs/PROTOCOL.md.
const (
	kindHello = 1
	kindWalk  = 7
	kindNodes = 8
)

// talk is two sessions in one thread, and what they have said.
type talk struct {
	sessions [2]*antientropy.Session
	inbox    [2][][]byte
	messages [256]int // by kind
	bytes    [256]int
	closed   error
	equal    bool     // both hold the same, proven
	differ   []string // what a walk has found
	walked   bool
}

// newTalk starts the sessions of two replicas that hold the same; what they
// would merge or hash is an error.
func newTalk(a, b *shelf) *talk {
	t := &talk{}
	for i, s := range []*shelf{a, b} {
		c := antientropy.Config{Name: fmt.Sprint(i), Replica: shown{s}, Initiator: i == 0}
		c.BootNonce[0], c.Salt[0] = byte(i+1), byte(i+1)
		t.sessions[i] = antientropy.NewSession(c)
	}
	return t
}

// run lets them talk until there is nothing to say.
func (t *talk) run() error {
	for i := range t.sessions {
		t.step(i, antientropy.Start{})
	}
	now := time.Unix(1, 0)
	for range 5 {
		for i := range t.sessions {
			t.step(i, antientropy.Tick{Now: now})
		}
		for len(t.inbox[0])+len(t.inbox[1]) > 0 {
			for i := range t.sessions {
				for _, m := range t.take(i) {
					t.step(i, antientropy.Received{Message: m})
				}
			}
		}
		now = now.Add(time.Second)
	}
	return t.closed
}

func (t *talk) take(i int) [][]byte {
	m := t.inbox[i]
	t.inbox[i] = nil
	return m
}

func (t *talk) step(i int, in antientropy.Input) {
	for _, out := range t.sessions[i].Step(in) {
		switch o := out.(type) {
		case antientropy.Send:
			t.messages[o.Message[0]]++
			t.bytes[o.Message[0]] += len(o.Message)
			t.inbox[1-i] = append(t.inbox[1-i], o.Message)
		case antientropy.Converged:
			t.equal = true
		case antientropy.Diverged:
			t.differ, t.walked = o.Keys, true
		case antientropy.Merge, antientropy.Hash:
			t.closed = fmt.Errorf("two peers that know the same want %T", o)
		case antientropy.Close:
			t.closed = fmt.Errorf("session ended: %s %s", o.Reason, o.Detail)
		}
	}
}

// said is the bytes of all messages but hellos.
func (t *talk) said() (sum int) {
	for kind, n := range t.bytes {
		if kind != kindHello {
			sum += n
		}
	}
	return sum
}
