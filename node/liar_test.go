package node_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"maps"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/text"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// liar is a member of the mesh that keeps to the protocol, and serves what it
// likes in it: one collection "c" of documents of its own making. It takes no
// notice of what others send, not even to acknowledge it.
type liar struct {
	key     ed25519.PrivateKey
	nonce   [16]byte
	id      crdt.ReplicaID
	counter uint64
	know    crdt.Knowledge
	docs    map[string]lie
	session *antientropy.Session
	conn    p2p.Conn
	changed chan struct{} // tells run that something was put
	closed  antientropy.Reason
	wanted  int // times that something was asked for whole
}

// lie is a document as it goes whole and, if there is such a form, reduced.
type lie struct {
	heads         []crdt.Dot
	body, reduced []byte
}

func newLiar() *liar {
	seed := sha256.Sum256([]byte("liar"))
	l := &liar{key: ed25519.NewKeyFromSeed(seed[:]), docs: map[string]lie{}, changed: make(chan struct{}, 1)}
	l.id = crdt.NewReplicaID(l.key.Public().(ed25519.PublicKey), l.nonce)
	return l
}

// put makes the liar hold a document: edit changes the canonical bytes of
// one that holds a text, whose events are those from first on.
func (l *liar) put(t *testing.T, key, content string, edit func(first uint64, body []byte) (whole, reduced []byte)) {
	t.Helper()
	w := crdt.NewWriter(l.id, l.counter+1, crdt.Timestamp(l.counter+1)<<16)
	tree, err := crdt.ParseJSON([]byte(`{"t":{"$text":"` + content + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := (*crdt.Document)(nil).Put(w, tree)
	if err != nil {
		t.Fatal(err)
	}
	last, _ := w.Last()
	body, reduced := d.Canonical(), []byte(nil)
	if edit != nil {
		body, reduced = edit(last.Counter-uint64(len(content))+1, body)
	}
	l.counter = last.Counter
	l.docs[key] = lie{[]crdt.Dot{last}, body, reduced}
	l.know = l.know.RaiseOwn(l.id, l.counter)
}

// graph is the history of content, typed in one go from event first on.
func (l *liar) graph(t *testing.T, first uint64, content string) []byte {
	t.Helper()
	var x text.Text
	if err := x.Insert(text.Agent(l.id[:]), first, 0, content); err != nil {
		t.Fatal(err)
	}
	return x.AppendCanonical(nil)
}

// swap replaces the text of a body, content and history; the content nil makes
// a reduced one.
func (l *liar) swap(t *testing.T, body []byte, first uint64, content string, now any, graph []byte) []byte {
	t.Helper()
	encode := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	old := append(encode(content), encode(l.graph(t, first, content))...)
	if !bytes.Contains(body, old) {
		t.Fatalf("no text %q from event %d on in %x", content, first, body)
	}
	return bytes.Replace(body, old, append(encode(now), encode(graph)...), 1)
}

// Collections lists the one collection.
func (l *liar) Collections() []string { return []string{"c"} }

// View shows what the liar holds now.
func (l *liar) View(string) (antientropy.View, error) {
	head := crdt.SignHead(l.key, "c", crdt.SignedHead{Nonce: l.nonce, Counter: l.counter, Time: crdt.Timestamp(l.counter << 16)})
	return liarView{l: l, know: l.know, docs: maps.Clone(l.docs), head: head}, nil
}

type liarView struct {
	antientropy.View
	l    *liar
	know crdt.Knowledge
	docs map[string]lie
	head crdt.SignedHead
}

func (v liarView) Close() error                       { return nil }
func (v liarView) Confirm() error                     { return nil }
func (v liarView) Knowledge() crdt.Knowledge          { return v.know }
func (v liarView) Forgotten() (crdt.Knowledge, error) { return crdt.Knowledge{}, nil }
func (v liarView) Root() ([32]byte, bool, error)      { return [32]byte{}, false, nil }

func (v liarView) Candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	for _, key := range slices.Sorted(maps.Keys(v.docs)) {
		if key >= from && !peer.At(key).Has(v.docs[key].heads[0]) {
			keys = append(keys, key)
		}
	}
	return keys, false, nil
}

func (v liarView) Record(key string) (antientropy.Record, error) {
	d := v.docs[key]
	return antientropy.Record{Heads: d.heads, Body: d.body}, nil
}

func (v liarView) Delta(key string, _ crdt.VersionVector) (antientropy.Record, error) {
	if d := v.docs[key]; d.reduced != nil {
		return antientropy.Record{Heads: d.heads, Body: d.reduced, Reduced: true}, nil
	}
	return v.Record(key)
}

func (v liarView) SignedHead(r crdt.ReplicaID) (crdt.SignedHead, bool, error) {
	return v.head, r == v.l.id, nil
}

// meet joins the mesh that n is in, through its invite, and runs a session.
func (l *liar) meet(t *testing.T, w *world, n *node.Node) (leave func()) {
	t.Helper()
	invite, err := n.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i, err := p2p.ParseInvite(invite)
	if err != nil {
		t.Fatal(err)
	}
	net, err := w.Start(network.Options{Self: "liar", Secret: i.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Add(i.Addrs...); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for e := range net.Events() {
			if e.Kind == p2p.Up {
				l.conn = e.Conn
				l.run(ctx, "liar" < e.Peer)
			}
		}
	}()
	return func() {
		stop()
		net.Close()
		<-ended
	}
}

// run is a session.
func (l *liar) run(ctx context.Context, initiator bool) {
	inbox := make(chan []byte)
	go func() {
		defer close(inbox)
		for {
			m, err := l.conn.Receive(ctx)
			if err != nil {
				return
			}
			if m[0] == 128 { // about neighbours
				continue
			}
			select {
			case inbox <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	l.closed = ""
	l.session = antientropy.NewSession(antientropy.Config{Name: "liar", Replica: l, Initiator: initiator})
	l.step(ctx, antientropy.Start{})
	for l.closed == "" {
		select {
		case m, ok := <-inbox:
			if !ok {
				return
			}
			if m[0] == 15 { // a want
				l.wanted++
			}
			l.step(ctx, antientropy.Received{Message: m})
		case <-l.changed:
			l.step(ctx, antientropy.Changed{Collection: "c"})
		}
	}
	l.conn.Close(string(l.closed))
	for range inbox {
	}
}

func (l *liar) step(ctx context.Context, in antientropy.Input) {
	for _, out := range l.session.Step(in) {
		switch o := out.(type) {
		case antientropy.Send:
			l.conn.Send(ctx, o.Message)
		case antientropy.Close:
			l.closed = o.Reason
		}
	}
}
