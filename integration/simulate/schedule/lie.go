package schedule

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/crdt"
)

// tale is what a liar knows when it speaks: who listens, and of what.
type tale struct {
	*end
	coll, key string
	victim    crdt.ReplicaID // that the other side writes as
	seq       uint64         // of the last frame that was sent
}

// lies are what a member may say that is not so, as messages: each of them has to
// end the session, or do no harm to anybody. What a member leaves out, or says of its own
// past, is no lie that anybody could tell: see docs/PROTOCOL.md.
var lies = []func(tale) []byte{
	// What is no message, or comes when it cannot.
	func(tale) []byte { return []byte{} },
	func(tale) []byte { return []byte("\x05\xff\xff") },
	func(tale) []byte { return []byte{99, 0x80} },
	func(tale) []byte { return append([]byte{5}, bytes.Repeat([]byte{0x81}, 1000)...) },
	func(tale) []byte { return say(1, 1, "old", make([]byte, 16), make([]byte, 16), []string{}) },
	func(tale) []byte { return say(13, "wrong protocol version", "") },
	func(t tale) []byte { return say(2, t.coll, make([]byte, 16), []byte{}, []any{}) },
	func(t tale) []byte { return say(2, "unheard", make([]byte, 16), []byte{}, []any{}) },
	func(t tale) []byte { return say(5, t.coll, 1, true) },
	func(t tale) []byte { return say(5, t.coll, uint64(1)<<40, true) },
	func(t tale) []byte { return say(5, t.coll, t.other().seq[t.coll], false) },
	func(t tale) []byte { return say(14, t.coll, false) },
	func(t tale) []byte { return say(15, t.coll, 9, []string{t.key}) },
	func(t tale) []byte { return say(16, t.coll, 9, [][]string{{t.key, "no"}}) },
	func(t tale) []byte { return say(16, t.coll, t.other().seq[t.coll], [][]string{{t.key, "no"}}) },
	func(t tale) []byte { return say(17, t.coll, make([]byte, 13*8)) },
	func(t tale) []byte { return say(20, t.coll, 9) },
	func(t tale) []byte { return say(22, t.coll) },
	func(t tale) []byte { return say(23, t.coll, 0, 4) },
	func(t tale) []byte { return say(9, t.coll, 5) },
	func(t tale) []byte { return say(10, true) },
	func(t tale) []byte { return say(131) },
	// What somebody knows, or has: of itself that harms nobody else.
	func(t tale) []byte { return t.knows(crdt.Know(crdt.Counters{t.victim: 1 << 40}.Vector())) },
	func(t tale) []byte { return t.knows(crdt.Knowledge{}) },
	func(t tale) []byte {
		return say(21, t.coll, "", "", vectorBytes(nil, crdt.Counters{t.victim: 1 << 40}.Vector()))
	},
	// What differs, or does not.
	func(t tale) []byte { return say(6, t.coll, make([]byte, 8), make([]byte, 32)) },
	func(t tale) []byte {
		tag := t.knowledge().Hash()
		return say(6, t.coll, tag[:8], make([]byte, 32))
	},
	func(t tale) []byte { return say(7, t.coll, make([]byte, 8), 0, []uint32{}, false, []string{}) },
	func(t tale) []byte { return say(8, t.coll, 0, false, 3, make([]byte, 8), []string{}) },
	func(t tale) []byte { return say(26, t.coll, []string{t.key}) },
	func(t tale) []byte { return say(30, t.coll, 1, "", []string{t.key}) },
	func(t tale) []byte { return say(36, t.coll, []string{t.key}) },
	func(t tale) []byte { return say(130, t.coll, t.forged(t.victim).AppendBinary(nil)) },
	// Frames: changes that nobody has made, or signed (Law J).
	func(t tale) []byte { return t.frame("", crdt.Counters{t.victim: 1 << 40}.Vector()) },
	func(t tale) []byte { return t.frame("", crdt.Counters{{1, 2, 3}: 7}.Vector()) },
	func(t tale) []byte { return t.frame("", crdt.Counters{t.victim: 1 << 40}.Vector(), t.forged(t.victim)) },
	func(t tale) []byte {
		h := t.forged(t.victim)
		h.Counter++
		return t.frame("", crdt.Counters{h.Replica(): h.Counter}.Vector(), h)
	},
	func(t tale) []byte { return t.frame("\xff", crdt.VersionVector{}) },
}

// spelling are the kinds of messages that later ones of the same side are written from: their vectors, and the numbers
// of replicas. A member that lies writes what it says next from what it has said; a session of which somebody
// else has said it cannot, and is not heard any more.
var spelling = []byte{3, 4, 21}

// lie lets a peer lie on one of its links.
func (w *world) lie() {
	l := w.somewhere()
	e := pick(w.luck, l.ends[:])
	if !l.up || e.peer.core {
		return
	}
	coll := pick(w.luck, w.collections)
	t := tale{end: e, coll: coll, key: pick(w.luck, w.keys), victim: e.other().peer.docs.Replica(), seq: e.seq[coll]}
	i := w.luck.IntN(len(lies))
	m := e.numbers.utter(lies[i](t))
	w.tally["lies"]++
	w.tell("%s lies to %s: %d, %x", e.peer, e.other().peer, i, m[:min(len(m), 40)])
	l.foul = true
	e.mute = e.mute || len(m) > 0 && slices.Contains(spelling, m[0])
	e.other().inbox = append(e.other().inbox, m)
}

// note keeps the numbers of frames: a lie has to have the next one.
func (e *end) note(m []byte) {
	if m[0] != 4 || !e.link.w.lying {
		return
	}
	var fields []cbor.RawMessage
	var coll string
	var seq uint64
	if cbor.Unmarshal(m[3:], &fields) == nil && cbor.Unmarshal(fields[0], &coll) == nil && cbor.Unmarshal(fields[1], &seq) == nil {
		if e.seq == nil {
			e.seq = map[string]uint64{}
		}
		e.seq[coll] = seq
	}
}

// say is a message of a kind.
func say(kind byte, fields ...any) []byte {
	b, err := cbor.Marshal(slices.Concat([]any{}, fields))
	if err != nil {
		panic(err)
	}
	return append([]byte{kind}, b...)
}

func (t tale) knowledge() crdt.Knowledge { return knowledgeOf(t.link.w, t.peer, t.coll) }

func (t tale) knows(k crdt.Knowledge) []byte {
	h := k.Hash()
	return say(3, t.coll, 0, 0, false, h[:8], k.AppendDifference(nil, crdt.Knowledge{}, spell))
}

func spell(b []byte, r crdt.ReplicaID) []byte { return append(append(b, 0), r[:]...) }

// vectorBytes spells out a vector.
func vectorBytes(b []byte, v crdt.VersionVector) []byte {
	b = binary.AppendUvarint(append(b, 0), uint64(v.Len()))
	for r, n := range v.All() {
		b = binary.AppendUvarint(spell(b, r), n)
	}
	return b
}

// forged is a head of somebody, signed by somebody else.
func (t tale) forged(of crdt.ReplicaID) crdt.SignedHead {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	return crdt.SignHead(key, t.coll, crdt.SignedHead{Counter: 1 << 40, Time: 1 << 30})
}

// frame is the next frame of a drain of nothing, for the keys from from on.
func (t tale) frame(from string, v crdt.VersionVector, heads ...crdt.SignedHead) []byte {
	b := vectorBytes(nil, crdt.VersionVector{})
	b = vectorBytes(b, v)
	b = vectorBytes(b, crdt.VersionVector{})
	b = binary.AppendUvarint(b, 0)
	b = binary.AppendUvarint(b, uint64(len(heads)))
	for _, h := range heads {
		b = append(append(append(spell(b, t.victim), 1), h.Device...), h.Nonce[:]...)
		b = binary.BigEndian.AppendUint64(binary.AppendUvarint(b, h.Counter), uint64(h.Time))
		b = append(append(b, h.Chain[:]...), h.Signature...)
	}
	b = binary.AppendUvarint(b, 0)
	return say(4, t.coll, t.seq+1, from, "", 0, 0, b)
}
