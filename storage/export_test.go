package storage

import (
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// SortAtMost makes Candidates read records in key order when there are more
// than n, as it does in production above 64 Ki.
func (d *Documents) SortAtMost(n int) { d.sorted = n }

// InlineBody is the longest body that a record holds.
const InlineBody = inlineBody

// PutBytes stores a record with any bytes as its body; without heads there is
// none.
func (b *Batch) PutBytes(coll, key string, heads []crdt.Dot, body []byte) error {
	was, err := b.holds(coll, key)
	if err != nil {
		return err
	}
	return b.put(coll, was, newRecord(key, heads, body, false))
}

// PutInline stores a record as format 1 has it, with a body of any length.
func (b *Batch) PutInline(coll, key string, heads []crdt.Dot, body []byte, conflicted bool) error {
	k := documentKey(coll, key)
	value, err := appendRecord(unsealed(0), Record{Heads: heads, Body: body, Conflicted: conflicted}, b.number)
	if err != nil {
		return err
	}
	return b.set(k, seal(k, value))
}

// SetFormat stores a format number.
func (b *Batch) SetFormat(n byte) error { return b.setMeta(metaFormat, []byte{n}) }

// ForgetBodies makes large bodies be read again.
func (d *Documents) ForgetBodies() {
	d.bodies.mu.Lock()
	defer d.bodies.mu.Unlock()
	d.bodies.order.Init()
	d.bodies.named, d.bodies.size = nil, 0
}

// CheckParts is what VerifyRange finds in the parts of bodies alone.
func (d *Documents) CheckParts(coll string) ([]Finding, error) {
	v, err := d.View(coll)
	if err != nil {
		return nil, err
	}
	var found []Finding
	c := &checker{View: v, bad: map[string]bool{}, found: func(f Finding) error { found = append(found, f); return nil }}
	err = c.parts(crdt.Range{})
	return found, errors.Join(err, v.Close())
}

// WriteBytes is Write of one document whose content is any bytes.
func (b *Batch) WriteBytes(coll, key string, ts crdt.Timestamp, body []byte) error {
	w := b.Begin(coll, ts)
	was, err := b.holds(coll, key)
	if err != nil {
		return err
	}
	rec := newRecord(key, []crdt.Dot{w.Dot()}, body, false)
	if err := b.put(coll, was, rec); err != nil {
		return err
	}
	return b.count(coll, w, []Record{rec})
}

// SetSteps bounds the steps of the texts of one frame.
func (d *Documents) SetSteps(n int) { d.steps = n }

// PutWholeState stores the state and the tree mark of a collection as formats 1
// and 2 have them.
func (b *Batch) PutWholeState(coll string) error {
	s := b.peek(coll)
	m, err := b.treeMark(coll)
	if err != nil {
		return err
	}
	mark := treeMarkKey(coll)
	if err := b.set(mark, seal(mark, m.hashed.AppendBinary(append(unsealed(256), 0, 0)))); err != nil {
		return err
	}
	value := binary.BigEndian.AppendUint32(unsealed(256), uint32(len(b.replicas.ids)))
	value = binary.BigEndian.AppendUint64(value, s.live)
	value = binary.BigEndian.AppendUint64(value, uint64(s.mark))
	value = s.knowledge.AppendBinary(s.own.appendBinary(value))
	key := collectionKey(coll)
	return errors.Join(b.del(baseKey(coll)), b.set(key, seal(key, value)))
}

// Rebases is how many bases a collection has had.
func (d *Documents) Rebases(coll string) uint64 { return d.states[coll].base.number }

// Raise makes v known of all keys, as nothing else does: without heads or documents.
func (b *Batch) Raise(coll string, v crdt.VersionVector) {
	b.state(coll).know(b.peek(coll).knowledge.Raise("", "", crdt.VersionVector{}, v))
}

// Hashed is the knowledge at which the tree is hashed.
func (v *View) Hashed() (crdt.Knowledge, error) {
	m, err := v.treeMark()
	if err == nil && (m.drop || len(m.rebuild) > 0) {
		err = errors.New("the tree is to be made again")
	}
	return m.hashed, err
}

// FillReplicas makes the store one that has heard of as many replicas as it ever
// does, but for free ones, until it is opened again.
func (d *Documents) FillReplicas(free int) {
	t := d.table.Load()
	ids := make([]crdt.ReplicaID, maxReplicas-free-len(t.ids))
	for i := range ids {
		binary.BigEndian.PutUint64(ids[i][:], uint64(i)+1)
	}
	d.table.Store(t.with(ids))
}

// Roll is the roll of a collection that begins.
type Roll struct{ roll roll }

// NewRoll is one without dots.
func NewRoll() *Roll { return &Roll{newRoll(nil, 0, 0)} }

// Change adds dots of a replica number, or drops them.
func (r *Roll) Change(n uint32, counters []uint64, gone bool) {
	changes := make([]enrolment, len(counters))
	for i, c := range counters {
		changes[i] = enrolment{replicaNumber(n), c, gone}
	}
	r.roll = r.roll.with(changes, 0)
}

// Has reports whether it has a dot.
func (r *Roll) Has(n uint32, counter uint64) bool {
	has, sure := r.roll.has(replicaNumber(n), counter)
	return has && sure
}

// Made is the sum that it has, and that of a roll of dots.
func (r *Roll) Made(dots map[[2]uint64]bool) (sum, want uint64) {
	for d := range dots {
		want += dotSum(replicaNumber(d[0]), d[1])
	}
	return r.roll.sum, want
}

// IndexSum is the sum of the dot index that the state of a collection has, and that of
// the entries that there are.
func (d *Documents) IndexSum(coll string) (sum, is uint64, err error) {
	v, err := d.View(coll)
	if err != nil {
		return 0, 0, err
	}
	defer v.Close()
	_, is, err = v.source().readIndex()
	return v.state.roll.sum, is, err
}

// ProvenSize is how many bytes of leaves are remembered.
func (d *Documents) ProvenSize() int {
	d.proven.mu.RLock()
	defer d.proven.mu.RUnlock()
	return d.proven.size
}

// KeySet is a set of keys.
type KeySet struct {
	set    keySet
	hashes []uint64
}

// NewKeySet is one without keys; room is for how many Collect is to be called.
func NewKeySet(room int) *KeySet { return &KeySet{hashes: make([]uint64, 0, room)} }

// Add adds a key, Drop drops one, Has reports whether it is there.
func (s *KeySet) Add(key string)      { s.set.add(keyHash(key)) }
func (s *KeySet) Drop(key string)     { s.set.drop(keyHash(key)) }
func (s *KeySet) Has(key string) bool { return s.set.has(keyHash(key)) }

// Len is how many keys it says it has.
func (s *KeySet) Len() int { return s.set.n }

// Collect takes a key for Made, which makes the set of those.
func (s *KeySet) Collect(key string) { s.hashes = append(s.hashes, keyHash(key)) }
func (s *KeySet) Made()              { s.set = keySetOf(s.hashes) }
