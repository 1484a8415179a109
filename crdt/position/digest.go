package position

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digester hashes positions with their whole paths: equal digests are the same
// position. It hashes each run once. The zero value is ready.
type Digester struct {
	runs map[*run][sha256.Size]byte
}

// Digest returns the hash of a position.
func (d *Digester) Digest(p Position) [sha256.Size]byte {
	var path []*run // from the lowest up
	for r := p.run; r != nil; r = r.parent.run {
		if _, ok := d.runs[r]; ok {
			break
		}
		path = append(path, r)
	}
	if d.runs == nil {
		d.runs = map[*run][sha256.Size]byte{}
	}
	for i := len(path) - 1; i >= 0; i-- {
		r := path[i]
		b := d.append(nil, r.parent)
		b = append(b, byte(r.side))
		b = append(b, r.id.Replica[:]...)
		d.runs[r] = sha256.Sum256(binary.BigEndian.AppendUint64(b, r.id.Counter))
	}
	return sha256.Sum256(d.append(nil, p))
}

// append appends the hash of the run of p, which is known, and the value.
func (d *Digester) append(b []byte, p Position) []byte {
	if p.run == nil {
		return b
	}
	sum := d.runs[p.run]
	return binary.BigEndian.AppendUint64(append(b, sum[:]...), uint64(p.value))
}

// IDs calls yield with the ids of positions and of those on the paths to them,
// until it returns false. It follows each run once.
func IDs(at []Position, yield func(ID) bool) {
	known := map[*run]bool{}
	for _, p := range at {
		for p.run != nil {
			if !yield(p.ID()) {
				return
			}
			if known[p.run] {
				break
			}
			known[p.run] = true
			if !yield(p.run.id) {
				return
			}
			p = p.run.parent
		}
	}
}
