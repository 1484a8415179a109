package node_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// crook is a member of the mesh that says what it likes, message by message. It
// holds the documents of a liar, and keeps what it hears.
type crook struct {
	*liar
	t    *testing.T
	name string
	net  *network.Network
	seq  map[string]uint64 // of the last frame, by collection

	mu    sync.Mutex
	next  uint16 // number of the next message
	heard [][]byte
	ups   int
	why   string // the other side ended the first connection
	over  chan struct{}
	each  func(p2p.Conn) // called with every connection but the first; may be nil
}

// intrude makes the crook a member of the mesh of n, and waits until n has let
// it in.
func intrude(t *testing.T, w *world, n *node.Node, name string) *crook {
	t.Helper()
	c := &crook{liar: newLiar(), t: t, name: name, seq: map[string]uint64{}, over: make(chan struct{})}
	invite, err := n.Invite(t.Context())
	ok(t, err)
	i, err := p2p.ParseInvite(invite)
	ok(t, err)
	c.net, err = w.Start(network.Options{Self: name, Secret: i.Secret, Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: 100 * time.Millisecond}})
	ok(t, err)
	ok(t, c.net.Add(i.Addrs...))
	met := make(chan p2p.Conn, 1)
	go func() {
		for e := range c.net.Events() {
			if e.Kind == p2p.Up {
				c.mu.Lock()
				c.ups++
				first, each := c.ups == 1, c.each
				c.mu.Unlock()
				if first {
					met <- e.Conn
					go c.listen(e.Conn)
				} else if each != nil {
					go each(e.Conn)
				}
			}
		}
	}()
	c.conn = <-met
	return c
}

// on is the crook on another connection, which it reads to its end.
func (c *crook) on(conn p2p.Conn) *crook {
	d := &crook{liar: newLiar(), t: c.t, name: c.name, net: c.net, seq: map[string]uint64{}, over: make(chan struct{})}
	d.conn = conn
	go d.listen(conn)
	return d
}

// whenever sets what is done with every connection but the first.
func (c *crook) whenever(do func(*crook)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.each = func(conn p2p.Conn) { do(c.on(conn)) }
}

func (c *crook) listen(conn p2p.Conn) {
	defer close(c.over)
	for {
		m, err := conn.Receive(context.Background())
		c.mu.Lock()
		var closed *p2p.CloseError
		if errors.As(err, &closed) && closed.ByPeer {
			c.why = closed.Reason
		}
		if err == nil && len(m) > 0 && m[0] != 128 {
			c.heard = append(c.heard, m)
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// fate is why the other side has ended the connection, and how many there were.
func (c *crook) fate() (why string, ups int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why, c.ups
}

// raw sends a kind and what stands behind it and its number.
func (c *crook) raw(b []byte) {
	if len(b) > 0 && b[0] != 1 && b[0] != 13 && b[0] != 128 { // hello, bye and neighbours
		c.mu.Lock()
		b = append(binary.BigEndian.AppendUint16([]byte{b[0]}, c.next), b[1:]...)
		c.next++
		c.mu.Unlock()
	}
	c.exactly(b)
}

// misses leaves out so many numbers.
func (c *crook) misses(n uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next += n
}

// exactly sends bytes as they are, as long as the other side listens.
func (c *crook) exactly(b []byte) {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	c.conn.Send(ctx, b)
}

// say sends a message of this kind.
func (c *crook) say(kind byte, fields ...any) {
	b, err := cbor.Marshal(fields)
	ok(c.t, err)
	c.raw(append([]byte{kind}, b...))
}

// hear waits for the next message of a kind, and gives its fields.
func (c *crook) hear(kind byte) []cbor.RawMessage {
	for range 3000 {
		c.mu.Lock()
		for i, m := range c.heard {
			if m[0] == kind {
				c.heard = append(c.heard[:i:i], c.heard[i+1:]...)
				c.mu.Unlock()
				var fields []cbor.RawMessage
				body := m[1:]
				if kind != 1 && kind != 13 {
					body = m[3:]
				}
				ok(c.t, cbor.Unmarshal(body, &fields))
				return fields
			}
		}
		c.mu.Unlock()
		select {
		case <-c.over:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// number and bytes read a field.
func number(f cbor.RawMessage) (n int) { cbor.Unmarshal(f, &n); return n }

func octets(f cbor.RawMessage) (b []byte) { cbor.Unmarshal(f, &b); return b }

// hello introduces the crook, whose session begins with it.
func (c *crook) hello() {
	c.say(1, antientropy.Version, c.name, make([]byte, 16), make([]byte, 16), antientropy.Features(), make([]byte, 16))
}

// opens introduces the crook and opens a collection of which it knows this much.
func (c *crook) opens(collection string, k crdt.Knowledge) {
	c.hello()
	c.open(collection, k)
}

func (c *crook) open(collection string, k crdt.Knowledge) {
	c.say(2, collection, make([]byte, 16), []byte{}, []any{})
	c.know(collection, k)
}

func spell(b []byte, r crdt.ReplicaID) []byte { return append(append(b, 0), r[:]...) }

func (c *crook) know(collection string, k crdt.Knowledge) {
	h := k.Hash()
	c.say(3, collection, 0, 0, false, h[:8], k.AppendDifference(nil, crdt.Knowledge{}, spell))
}

// vectorBytes spells out a vector.
func vectorBytes(b []byte, v crdt.VersionVector) []byte {
	b = binary.AppendUvarint(append(b, 0), uint64(v.Len()))
	for r, n := range v.All() {
		b = binary.AppendUvarint(spell(b, r), n)
	}
	return b
}

// falsehood is the content of a frame.
type falsehood struct {
	from, to                string
	base, vector, forgotten crdt.VersionVector
	comparison              uint64
	heads                   []crdt.SignedHead
	replica                 crdt.ReplicaID // of the heads, if not their own
	keys                    []string       // documents of the crook
	absent                  []string
}

func (c *crook) body(f falsehood) []byte {
	b := vectorBytes(nil, f.base)
	b = vectorBytes(b, f.vector)
	b = vectorBytes(b, f.forgotten)
	b = binary.AppendUvarint(b, f.comparison)
	b = binary.AppendUvarint(b, uint64(len(f.heads)))
	for _, h := range f.heads {
		r := h.Replica()
		if f.replica != (crdt.ReplicaID{}) {
			r = f.replica
		}
		b = append(append(append(spell(b, r), 1), h.Device...), h.Nonce[:]...)
		b = binary.BigEndian.AppendUint64(binary.AppendUvarint(b, h.Counter), uint64(h.Time))
		b = append(append(b, h.Chain[:]...), h.Signature...)
	}
	b = binary.AppendUvarint(b, uint64(len(f.keys)+len(f.absent)))
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	for _, key := range f.keys {
		text(key)
		b = binary.AppendUvarint(b, uint64(len(c.docs[key].heads)))
		for _, h := range c.docs[key].heads {
			b = binary.AppendUvarint(spell(b, h.Replica), h.Counter)
		}
		text(string(c.docs[key].body))
	}
	for _, key := range f.absent {
		text(key)
		b = append(b, 0, 0)
	}
	return b
}

// frame sends the next frame of a collection.
func (c *crook) frame(collection string, f falsehood) {
	c.seq[collection]++
	c.numbered(collection, c.seq[collection], c.body(f), f)
}

func (c *crook) numbered(collection string, seq uint64, body []byte, f falsehood) {
	c.say(4, collection, seq, f.from, f.to, 0, 0, body)
}

// head is signed by the crook for a counter of a collection.
func (c *crook) head(collection string, counter uint64) crdt.SignedHead {
	return crdt.SignHead(c.key, collection, crdt.SignedHead{Nonce: c.nonce, Counter: counter, Time: crdt.Timestamp(counter << 16)})
}

// own is the vector of what the crook counts.
func (c *crook) own(n uint64) crdt.VersionVector { return crdt.Counters{c.id: n}.Vector() }

// many is a vector of as many replicas as fit into a message, of which nobody has
// heard.
var many = sync.OnceValue(func() crdt.VersionVector {
	all := crdt.Counters{}
	for i := range 200_000 {
		h := sha256.Sum256(binary.AppendUvarint(nil, uint64(i)))
		all[crdt.ReplicaID(h[:16])] = 1
	}
	return all.Vector()
})

// other signs as somebody else.
func other() (ed25519.PrivateKey, crdt.ReplicaID) {
	seed := sha256.Sum256([]byte("other"))
	key := ed25519.NewKeyFromSeed(seed[:])
	return key, crdt.NewReplicaID(key.Public().(ed25519.PublicKey), [16]byte{})
}

func fromCBOR(f cbor.RawMessage, to any) error { return cbor.Unmarshal(f, to) }
