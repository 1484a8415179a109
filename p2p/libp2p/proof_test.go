package libp2p

import (
	"errors"
	"io"
	"net"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/p2p"
)

// tapped counts what a side writes, and may change it on its way.
type tapped struct {
	net.Conn
	wrote  []byte
	change func(at int, b []byte)
}

func (c *tapped) Write(b []byte) (int, error) {
	sent := append([]byte(nil), b...)
	if c.change != nil {
		c.change(len(c.wrote), sent)
	}
	c.wrote = append(c.wrote, b...)
	return c.Conn.Write(sent)
}

// prove runs both sides of a proof over a pipe.
func prove(i, r prover, ci, cr *tapped) (boots [2]boot, admitted bool, errs [2]error) {
	a, b := net.Pipe()
	ci.Conn, cr.Conn = a, b
	done := make(chan struct{})
	go func() {
		defer close(done)
		errs[1] = r.respond(cr, func(x boot) { boots[1], admitted = x, true })
		b.Close()
	}()
	boots[0], errs[0] = i.initiate(ci)
	a.Close()
	<-done
	return boots, admitted, errs
}

func provers() (i, r prover) {
	i = prover{secret: [p2p.SecretSize]byte{1}, from: "alice", to: "bob", nonce: nonce{2}, boot: boot{3}}
	r = prover{secret: [p2p.SecretSize]byte{1}, from: "alice", to: "bob", nonce: nonce{4}, boot: boot{5}}
	return i, r
}

func TestProof(t *testing.T) {
	i, r := provers()
	boots, admitted, errs := prove(i, r, &tapped{}, &tapped{})
	if errs != [2]error{} || !admitted || boots != [2]boot{{5}, {3}} {
		t.Errorf("boots %v, admitted %v, errors %v", boots, admitted, errs)
	}
}

// TestProofBinds: both sides must agree on the secret and on who they are.
func TestProofBinds(t *testing.T) {
	for name, change := range map[string]func(*prover){
		"secret":    func(p *prover) { p.secret[31] = 1 },
		"initiator": func(p *prover) { p.from = "mallory" },
		"responder": func(p *prover) { p.to = "mallory" },
		"split":     func(p *prover) { p.from, p.to = "aliceb", "ob" },
	} {
		i, r := provers()
		change(&i)
		ci, cr := &tapped{}, &tapped{}
		_, admitted, errs := prove(i, r, ci, cr)
		if admitted || !errors.Is(errs[0], errSecret) || !errors.Is(errs[1], errSecret) {
			t.Errorf("%s: admitted %v, errors %v", name, admitted, errs)
		}
		if want := nonceSize + bootSize + 1; len(cr.wrote) != want || cr.wrote[want-1] != refused {
			t.Errorf("%s: the responder told a stranger %x", name, cr.wrote)
		}
	}
}

// TestProofTampered: whatever is changed on the way, nobody is admitted who
// did not say what the other heard; no error but the named ones, no panic.
func TestProofTampered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, r := provers()
		ci, cr := &tapped{}, &tapped{}
		by := rapid.SampledFrom([]*tapped{ci, cr}).Draw(t, "side")
		at := rapid.IntRange(0, 1+nonceSize+bootSize+macSize-1).Draw(t, "at")
		flip := rapid.ByteRange(1, 255).Draw(t, "flip")
		by.change = func(from int, b []byte) {
			if at >= from && at < from+len(b) {
				b[at-from] ^= flip
			}
		}
		_, admitted, errs := prove(i, r, ci, cr)
		if errs[0] == nil {
			t.Fatal("the initiator noticed nothing")
		}
		if by == ci && admitted {
			t.Fatal("admitted all the same")
		}
		for _, err := range errs {
			if err != nil && !errors.Is(err, errSecret) && !errors.Is(err, errProof) &&
				!errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe) {
				t.Fatal(err)
			}
		}
	})
}

// TestProofReflected: an initiator does not accept its own words as an answer.
func TestProofReflected(t *testing.T) {
	i, _ := provers()
	a, b := net.Pipe()
	defer b.Close()
	go func() {
		hello := make([]byte, 1+nonceSize+bootSize)
		io.ReadFull(b, hello)
		b.Write(hello[1:])
		mac := make([]byte, macSize)
		io.ReadFull(b, mac)
		b.Write(append([]byte{accepted}, mac...))
	}()
	if _, err := i.initiate(a); !errors.Is(err, errSecret) {
		t.Errorf("error %v", err)
	}
}

func FuzzRespond(f *testing.F) {
	f.Add([]byte{1})
	f.Add(make([]byte, 200))
	barrage.Fuzz(f, func(t *testing.T, in []byte) {
		_, r := provers()
		alloc.Bounded(t, len(in), func() {
			if err := r.respond(&script{in: in}, func(boot) { t.Fatal("admitted") }); err == nil {
				t.Fatal("no error")
			}
		})
	})
}

// script is a peer that says what it says, whatever it hears.
type script struct{ in []byte }

func (s *script) Write(b []byte) (int, error) { return len(b), nil }
func (s *script) Read(b []byte) (int, error) {
	if len(s.in) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.in)
	s.in = s.in[n:]
	return n, nil
}
