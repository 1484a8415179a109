package mesh

import (
	"slices"

	"github.com/crdtstore/crdtstore/p2p/view"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// maxEarly is how many bytes of a session a peer is sent, behind the request to
// have one, before it has agreed (package node, link.go).
const maxEarly = 16 << 10

// begin starts the session: the view has asked for it, or both sides have
// agreed on it.
func (e *end) begin() {
	if e.session != nil || e.done {
		return
	}
	p := e.peer
	config := antientropy.Config{
		Name: p.name, Self: p.docs.Replica(), BootNonce: p.nonce, Replica: replica{p},
		Initiator: p.name < e.other().peer.name,
	}
	p.w.draw(config.Salt[:])
	e.session = antientropy.NewSession(config)
	if !p.w.begun {
		p.w.begun, p.w.first = true, p.w.now
	}
	e.step(antientropy.Start{})
	e.tick()
}

// agree notes that both sides want the session: what was kept back is sent, and
// what has arrived is received.
func (e *end) agree(visit bool) {
	if e.done {
		return
	}
	e.visit = visit
	if e.agreed {
		return
	}
	e.agreed = true
	e.peer.w.cost.Sessions++
	e.begin()
	unsent := e.unsent
	e.unsent = nil
	for _, m := range unsent {
		e.send(m)
	}
	if e.first != nil {
		e.inbox = slices.Insert(e.inbox, 0, *e.first)
	}
	e.read()
}

// say sends a message of the session. Before the peer has agreed only so much
// is sent.
func (e *end) say(bytes []byte) {
	if !e.agreed {
		if e.early += len(bytes); e.early > maxEarly {
			e.unsent = append(e.unsent, bytes)
			return
		}
	}
	e.send(bytes)
}

// asked takes a message of a session that this side has not agreed to. The first
// asks for one, and that decides it; what comes after a no is dropped.
func (e *end) asked(m message) {
	if e.first == nil {
		e.first = &m
		e.peer.tellGraph(view.Received{Peer: e.other().name(), Message: view.Request()})
	}
}

// met reports whether there is a session that both sides have agreed to.
func (e *end) met() bool { return e.session != nil && e.agreed }
