package node

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// maxPeerNotes is how many peers what they hold is kept of: those that were here last. A note has
// at most storage.MaxPeerNote bytes; collections that do not fit are left out, and
// count as not held by the peer after the next start.
const maxPeerNotes = 32

const peerNoteFormat = 1

// The notes of a store. All numbers are big-endian, n is a uvarint:
//
//	format (1) · replica (16) · mesh tag (8) · time (8, ms) · for each collection
//	n and its name · n and, of a peer, its knowledge; under no name, when it was safe (8, ms) and the beginning (8) of the hash of what was held
const peerNoteHead = 1 + 16 + 8 + 8

func (c *custody) noteHead(at time.Time) []byte {
	b := append([]byte{peerNoteFormat}, c.replica[:]...)
	b = append(b, c.mesh[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(at.UnixMilli()))
}

// cutNote reads the fields of a note; ok is false if it is not of the node as it is now.
func (c *custody) cutNote(b []byte) (at time.Time, fields map[string][]byte, ok bool) {
	if len(b) < peerNoteHead || b[0] != peerNoteFormat || crdt.ReplicaID(b[1:17]) != c.replica || [8]byte(b[17:25]) != c.mesh {
		return at, nil, false
	}
	at, fields = time.UnixMilli(int64(binary.BigEndian.Uint64(b[25:]))), map[string][]byte{}
	for b = b[peerNoteHead:]; len(b) > 0; {
		var pair [2][]byte
		for i := range pair {
			n, w := binary.Uvarint(b)
			if w <= 0 || n > uint64(len(b)-w) {
				return at, fields, false
			}
			pair[i], b = b[w:w+int(n)], b[w+int(n):]
		}
		fields[string(pair[0])] = pair[1]
	}
	return at, fields, true
}

func appendField(b []byte, name string, value []byte) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// peerNote is the note about a peer, and what it says that the peer holds.
func (c *custody) peerNote(id string) (note []byte, held map[string]crdt.Knowledge) {
	w := c.peers[id]
	note, held = c.noteHead(w.seen), map[string]crdt.Knowledge{}
	for _, name := range c.node.collections() {
		k, ok := w.held[name]
		if !ok || k.Weight() == 0 {
			continue
		}
		longer := appendField(note, name, k.AppendBinary(nil))
		if len(id)+len(longer) > storage.MaxPeerNote {
			continue
		}
		note, held[name] = longer, k
	}
	return note, held
}

// safeNote says since when which collections are held, by those that notes were made about.
func (c *custody) safeNote(kept []map[string]crdt.Knowledge) []byte {
	note := c.noteHead(time.UnixMilli(0))
	for _, name := range c.node.collections() {
		t := c.trails[name]
		if t == nil || t.lost || t.safe.IsZero() {
			continue
		}
		var held crdt.Knowledge
		for _, k := range kept {
			held = held.Merge(k[name])
		}
		if !held.Equal(t.held) {
			continue // what was left out may be why it is safe
		}
		hash := held.Hash()
		value := append(binary.BigEndian.AppendUint64(nil, uint64(t.safe.UnixMilli())), hash[:8]...)
		if longer := appendField(note, name, value); len(longer) <= storage.MaxPeerNote {
			note = longer
		}
	}
	return note
}

// load reads what was kept in an earlier run.
func (c *custody) load() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin()
	notes, err := c.node.docs.PeerNotes()
	if err != nil {
		_ = c.node.storeError(err)
		return
	}
	c.written = map[string][32]byte{}
	for id, note := range notes {
		c.written[id] = sha256.Sum256(note)
		at, fields, ok := c.cutNote(note)
		if id == "" || !ok {
			continue
		}
		w := &witnessed{seen: at, held: map[string]crdt.Knowledge{}}
		for name, b := range fields {
			if k, err := crdt.ParseKnowledge(b); err == nil {
				w.held[name] = k
			}
		}
		c.peers[id] = w
		if c.node.docs.Incarnations() > 1 {
			c.earlier[id] = maps.Clone(w.held)
		}
	}
	peers := c.newest()
	_, safe, _ := c.cutNote(notes[""])
	for name, b := range safe {
		held := c.held(peers, name)
		if hash := held.Hash(); len(b) == 16 && [8]byte(b[8:]) == [8]byte(hash[:8]) {
			c.trails[name] = &trail{held: held, safe: time.UnixMilli(int64(binary.BigEndian.Uint64(b))), lost: true}
		}
	}
}

// keep looks, and keeps what is new. Where the disk does not take it, it is lost with the next start.
func (c *custody) keep(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.look(ctx); !c.news || ctx.Err() != nil {
		return
	}
	notes, kept := map[string][]byte{}, []map[string]crdt.Knowledge{}
	for _, id := range c.newest()[:min(maxPeerNotes, len(c.peers))] {
		note, held := c.peerNote(id)
		notes[id], kept = note, append(kept, held)
	}
	notes[""] = c.safeNote(kept)
	for id := range c.written {
		if _, ok := notes[id]; !ok {
			notes[id] = nil
		}
	}
	hashes := map[string][32]byte{}
	for id, note := range notes {
		if note == nil {
			continue
		}
		if hashes[id] = sha256.Sum256(note); hashes[id] == c.written[id] {
			delete(notes, id)
		}
	}
	for id := range notes { // what of several commits is not made is not believed: the hash of all is with the last
		if id != "" && c.set(ctx, id, notes[id]) != nil {
			return
		}
	}
	if note, ok := notes[""]; ok && c.set(ctx, "", note) != nil {
		return
	}
	c.written, c.news = hashes, false
}

// set keeps one note.
func (c *custody) set(ctx context.Context, id string, note []byte) error {
	return c.node.writer.do(&task{ctx: ctx, size: len(note), derived: true, run: func(b *batch) error {
		b.begin()
		return b.SetPeerNote(id, note)
	}})
}
