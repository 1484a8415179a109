package antientropy

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// due asks which signed heads the receiver holds that count further than what
// it knows, summed up in so many buckets.
type due struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Buckets    uint64
}

// held answers a due: the keyed hash of the heads of each bucket, zeros for none.
type held struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Hashes     []byte
}

func (*due) kind() kind  { return kindDue }
func (*held) kind() kind { return kindHeld }

func (m *due) String() string {
	return fmt.Sprintf("due %s: which signed heads are there? %d buckets", m.Collection, m.Buckets)
}

func (m *held) String() string {
	return fmt.Sprintf("held %s: signed heads of %d buckets", m.Collection, len(m.Hashes)/bucketHash)
}

const (
	bucketHash    = 8    // bytes of the hash of a bucket
	headsOfBucket = 4    // that are due, on average
	mostBuckets   = 4096 // of one question
)

// bucketOf is the bucket of a replica; buckets are in order of replicas.
func bucketOf(r crdt.ReplicaID, buckets int) int {
	return int(uint64(binary.BigEndian.Uint32(r[:])) * uint64(buckets) >> 32)
}

// hashHeads is the keyed hash of the heads of a bucket, which are in order of
// replicas: of who has signed, and how far.
func (s *Session) hashHeads(heads []crdt.Dot) []byte {
	key := s.walkKey()
	b := append(make([]byte, 0, 64+24*len(heads)), key[:]...)
	b = append(b, "signed heads"...)
	for _, h := range heads {
		b = binary.BigEndian.AppendUint64(append(b, h.Replica[:]...), h.Counter)
	}
	sum := sha256.Sum256(b)
	return sum[:bucketHash]
}

// onDue sums up the signed heads that are held here ahead of what is known.
func (s *Session) onDue(m *due) error {
	c, err := s.met(m.Collection, "due")
	if err != nil {
		return err
	}
	if m.Buckets == 0 || m.Buckets > mostBuckets {
		return bad("signed heads in %d buckets", m.Buckets)
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	n := int(m.Buckets)
	buckets := make([][]crdt.Dot, n)
	err = v.SignedAhead(func(r crdt.ReplicaID, counter uint64) {
		at := bucketOf(r, n)
		buckets[at] = append(buckets[at], crdt.Dot{Replica: r, Counter: counter})
	})
	if err != nil {
		return failed("signed heads of "+c.name, err)
	}
	answer := &held{Collection: c.name, Hashes: make([]byte, n*bucketHash)}
	for i, heads := range buckets {
		if len(heads) > 0 {
			slices.SortFunc(heads, crdt.Dot.Compare)
			copy(answer.Hashes[i*bucketHash:], s.hashHeads(heads))
		}
	}
	return s.send(answer)
}

// onHeld forgets of the heads that are due those that the peer has shown to hold.
func (s *Session) onHeld(m *held) error {
	c, err := s.met(m.Collection, "held")
	if err != nil {
		return err
	}
	n := c.dueAsked
	if n == 0 {
		return ends(ReasonOutOfOrder, "signed heads of %s that nobody asked for", c.name)
	}
	if c.dueAsked = 0; len(m.Hashes) != n*bucketHash {
		return bad("signed heads of %s in %d bytes", c.name, len(m.Hashes))
	}
	if d := c.drain; d != nil && d.waits {
		d.waits = false
		s.strike(c, n, m.Hashes)
	}
	return nil
}

// strike takes out of what is due the buckets that have the hashes which the
// peer has answered.
func (s *Session) strike(c *collection, buckets int, hashes []byte) {
	d, max := c.drain, c.drain.mine.Max()
	var left []crdt.ReplicaID
	for all := d.due; len(all) > 0; {
		at, n := bucketOf(all[0], buckets), 1
		for n < len(all) && bucketOf(all[n], buckets) == at {
			n++
		}
		heads := make([]crdt.Dot, n)
		for i, r := range all[:n] {
			heads[i] = crdt.Dot{Replica: r, Counter: max.Counter(r)}
		}
		if slices.Equal(s.hashHeads(heads), hashes[at*bucketHash:(at+1)*bucketHash]) {
			for _, h := range heads {
				c.heads.Set(h.Replica, h.Counter)
			}
		} else {
			left = append(left, all[:n]...)
		}
		all = all[n:]
	}
	d.due = left
}
