package node_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
)

// TestDroppedIsNoFinding: what was put aside is a finding until it is dropped.
func TestDroppedIsNoFinding(t *testing.T) {
	n := alone(t, node.Options{})
	for _, key := range []string{"a", "b"} {
		ok(t, node.Keep(t.Context(), n, node.Quarantined{Kind: storage.QuarantinedRaw, Collection: "c", Key: key, Raw: []byte("x")}))
	}
	said := func() (of []string) {
		found, err := n.Findings(t.Context())
		ok(t, err)
		for _, f := range found {
			if f.Kind == node.Quarantine {
				of = append(of, f.Where)
			}
		}
		return of
	}
	if of := said(); len(of) != 3 {
		t.Errorf("of both and in sum: %q", of)
	}
	ok(t, n.DropQuarantined(t.Context(), inQuarantine(t, n)[0].ID))
	if of := said(); len(of) != 2 || of[1] != "c/b" {
		t.Errorf("of what is left and in sum: %q", of)
	}
	if _, err := n.DropAllQuarantined(t.Context()); err != nil {
		t.Fatal(err)
	}
	if of := said(); len(of) != 0 {
		t.Errorf("nothing is left: %q", of)
	}
}
