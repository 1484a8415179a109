package node

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestBaseThatIsNotSeenAnyMore: a version is remembered from before its store gave
// up what was damaged. An edit of it would bring back, as if it had been seen,
// what may have been removed since: it is no base (Law I).
func TestBaseThatIsNotSeenAnyMore(t *testing.T) {
	r, replica := newRecent(), crdt.ReplicaID{1}
	p, err := crdt.ParseJSON([]byte(`{"x":1}`))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := (&crdt.Document{}).Put(crdt.NewWriter(replica, 1, 1), p)
	if err != nil {
		t.Fatal(err)
	}
	body := d.Canonical()
	v := crdt.VersionOf(body)
	digest, ok := digestOf(v)
	if !ok {
		t.Fatal("no digest")
	}
	r.bases.put(version{"c", "k", digest}, body)
	for _, c := range []struct {
		name string
		seen crdt.VersionVector
		gone bool
	}{
		{"seen", crdt.Counters{replica: 9}.Vector(), false},
		{"given up", crdt.VersionVector{}, true},
		{"refilled by half", crdt.Counters{{2}: 9}.Vector(), true},
	} {
		got, err := r.base("c", "k", v, &crdt.Document{}, c.seen)
		if c.gone != errors.Is(err, ErrBaseGone) || !c.gone && (err != nil || string(got.Canonical()) != string(body)) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}
