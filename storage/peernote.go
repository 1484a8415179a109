package storage

import (
	"bytes"
	"fmt"
)

// metaPeer is in front of the name of a note in the space of the whole store.
const metaPeer = "peer/"

// MaxPeerNote is how many bytes a note has at most.
const MaxPeerNote = 128 << 10

// PeerNotes are what SetPeerNote has kept, by name. They are the word of nobody, and the node can
// do without any of them: one that is damaged is left out.
//
// They are in the store and not beside it, so that they are never ahead of what it holds: a store
// that is put back has the notes that it had then.
func (d *Documents) PeerNotes() (notes map[string][]byte, err error) {
	notes = map[string][]byte{}
	start := metaKey(metaPeer)
	o := ScanOptions{Start: start, End: metaKey(metaPeer[:len(metaPeer)-1] + "0")} // "0" is behind "/"
	err = d.store.View(func(r Reader) error {
		for item, err := range r.Scan(o) {
			if err != nil {
				return err
			}
			if b, ok := unseal(item.Key, item.Value); ok {
				notes[string(item.Key[len(start):])] = bytes.Clone(b)
			}
		}
		return nil
	})
	return notes, err
}

// SetPeerNote keeps, in the same commit as all else, a note about a peer, or under the name ""
// about all of them; nil takes it away. It means nothing to the store.
func (b *Batch) SetPeerNote(name string, note []byte) error {
	if note == nil {
		return b.del(metaKey(metaPeer + name))
	}
	if len(name)+len(note) > MaxPeerNote {
		return fmt.Errorf("a note of %d bytes about a peer, at most %d", len(name)+len(note), MaxPeerNote)
	}
	return b.setMeta(metaPeer+name, note)
}
