package storage

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// numbered is a table of replicas that grows as they are named.
type numbered struct{ ids []crdt.ReplicaID }

func (n *numbered) name(b []byte, r crdt.ReplicaID) []byte {
	i := slices.Index(n.ids, r)
	if i < 0 {
		i, n.ids = len(n.ids), append(n.ids, r)
	}
	return binary.AppendUvarint(b, uint64(i))
}

func (n *numbered) id(i replicaNumber) (crdt.ReplicaID, error) {
	if int(i) >= len(n.ids) {
		return crdt.ReplicaID{}, errors.New("no such replica")
	}
	return n.ids[i], nil
}

// onlyBase is a Reader of one base.
type onlyBase struct {
	Reader
	key, value []byte
}

func (o onlyBase) Get([]byte) ([]byte, error) {
	if o.value == nil {
		return nil, ErrNotFound
	}
	return o.value, nil
}

// TestStateIsReadAsWritten drives a state through changes of all kinds and
// new bases, and reads each record again.
func TestStateIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names, stored := &numbered{}, onlyBase{}
		key := func(label string) string { return rapid.SampledFrom([]string{"", "b", "c", "d"}).Draw(t, label) }
		s, reach := &state{}, crdt.VersionVector{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			next := *s
			s = &next
			switch r := (crdt.ReplicaID{byte(rapid.IntRange(1, 9).Draw(t, "replica"))}); rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				s.own.counter++
				s.uncounted = true
				s.countOwn()
			case 1:
				s.own = ownHead{replica: r, counter: s.knowledge.Max().Counter(r)}
			case 2:
				s.know(s.knowledge.Raise(key("from"), "", crdt.VersionVector{}, crdt.Counters{r: uint64(rapid.IntRange(1, 99).Draw(t, "counter"))}.Vector()))
			case 3:
				s.know(s.knowledge.Forfeit(key("from"), key("to")))
			case 4:
				value := binary.AppendUvarint(unsealed(64), s.base.number+1)
				value = s.knowledge.AppendDifference(value, crdt.Knowledge{}, names.name)
				s.base, s.last = base{s.base.number + 1, s.knowledge, len(value) - sealSize}, lastChanges{}
				stored.value = seal(baseKey("people"), value)
			}
			reach = reach.Merge(s.knowledge.Max())
			s.replicas = uint32(len(names.ids))
			k := collectionKey("people")
			got, err := stateOf(stored, "people", k, seal(k, s.appendBinary(unsealed(64), names.name)), names.id)
			if err != nil {
				t.Fatal(err)
			}
			if !got.knowledge.Equal(s.knowledge) || !got.reach.vector.Equal(reach) || got.own != s.own || got.base.number != s.base.number {
				t.Fatalf("%s reach %s own %v became %s reach %s own %v", s.knowledge, reach, s.own, got.knowledge, got.reach.vector, got.own)
			}
		}
	})
}

// TestStateOfOneOvertaken writes once more as an incarnation of which a range
// counts more than it has made: a rolled back store that has met a peer.
func TestStateOfOneOvertaken(t *testing.T) {
	names, r, k := &numbered{}, crdt.ReplicaID{2}, collectionKey("people")
	s := &state{own: ownHead{replica: r, counter: 1}}
	s.know(crdt.Know(crdt.Counters{r: 1}.Vector()).Raise("b", "", crdt.VersionVector{}, crdt.Counters{r: 2}.Vector()))
	value := s.knowledge.AppendDifference(binary.AppendUvarint(unsealed(64), 1), crdt.Knowledge{}, names.name)
	s.base = base{1, s.knowledge, len(value) - sealSize}
	stored := onlyBase{value: seal(baseKey("people"), value)}
	for range 3 {
		got, err := stateOf(stored, "people", k, seal(k, s.appendBinary(unsealed(64), names.name)), names.id)
		if err != nil || !got.knowledge.Equal(s.knowledge) {
			t.Fatalf("%v: not %s", err, s.knowledge)
		}
		next := *s
		s = &next
		s.own.counter++
		s.uncounted = true
		s.countOwn()
	}
}

// TestDamagedState checks that a state is never read with another base than its
// own.
func TestDamagedState(t *testing.T) {
	names := &numbered{}
	s := &state{base: base{number: 2, knowledge: crdt.Know(crdt.Counters{{'a'}: 3}.Vector())}}
	s.know(crdt.Know(crdt.Counters{{'a'}: 5}.Vector()))
	k := collectionKey("people")
	record := s.appendBinary(unsealed(64), names.name)
	of := func(number uint64) []byte {
		value := s.base.knowledge.AppendDifference(binary.AppendUvarint(unsealed(64), number), crdt.Knowledge{}, names.name)
		return seal(baseKey("people"), value)
	}
	flipped := of(2)
	flipped[len(flipped)-1] ^= 1
	for name, stored := range map[string][]byte{"none": nil, "another": of(3), "flipped": flipped, "empty": seal(baseKey("people"), unsealed(0))} {
		if s, err := stateOf(onlyBase{value: stored}, "people", k, seal(k, slices.Clone(record)), names.id); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v %v", name, s, err)
		}
	}
	for i := sealSize; i < len(record); i++ {
		if _, err := stateOf(onlyBase{value: of(2)}, "people", k, seal(k, slices.Clone(record[:i])), names.id); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut off at %d: %v", i, err)
		}
	}
}
