package node_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
)

// TestPutAside: what somebody puts into quarantine is no incident, else it would take the place of those that
// are remembered; what cannot have been there, or is longer than any of it, is refused.
func TestPutAside(t *testing.T) {
	incidents := 0
	a := alone(t, node.Options{Events: node.Events{Incident: func(node.IncidentEvent) { incidents++ }}})
	for _, q := range []node.Quarantined{
		{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: []byte("x"), Reason: "why"},
		{Kind: storage.QuarantinedMessage, Origin: "b", Raw: []byte("x"), Reason: "garbage"},
	} {
		ok(t, a.PutAside(t.Context(), q))
	}
	long := strings.Repeat("k", 3<<20)
	for _, q := range []node.Quarantined{
		{Collection: "c", Key: "k", Raw: []byte("x")},
		{Kind: storage.QuarantinedRaw, Origin: "b", Collection: "c", Key: "k"},
		{Kind: storage.QuarantinedDocument, Collection: "c", Key: "k"},
		{Kind: storage.QuarantinedRecord, Collection: "C", Key: "k"},
		{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: make([]byte, storage.MaxQuarantinedOne+1)},
		{Kind: storage.QuarantinedMessage, Origin: "b", Collection: "c", Key: long},
		{Kind: storage.QuarantinedMessage, Origin: "b", Collection: long},
	} {
		if err := a.PutAside(t.Context(), q); !errors.Is(err, node.ErrQuarantined) {
			t.Errorf("a %q of %q, %.9q/%.9q, %d bytes: %v", q.Kind, q.Origin, q.Collection, q.Key, len(q.Raw), err)
		}
	}
	if all, err := a.Findings(t.Context()); err != nil || len(all) == 0 || all[0].Kind != node.Quarantine || !strings.Contains(all[0].Happened, "to a file beside it") {
		t.Errorf("findings: %+v, %v", all, err)
	}
	if all := inQuarantine(t, a); len(all) != 2 || incidents > 0 {
		t.Errorf("%d incidents; in quarantine: %+v", incidents, all)
	}
}

// TestPutAllAside: of several those that can be are put into quarantine, and of each of the others is said
// why not; where there is no more room, none behind is tried.
func TestPutAllAside(t *testing.T) {
	a := alone(t, node.Options{})
	all := []node.Quarantined{
		{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: []byte("x")},
		{Kind: storage.QuarantinedRecord, Collection: "C", Key: "k", Raw: []byte("x")},
		{Kind: storage.QuarantinedRecord, Collection: "c", Key: "l", Raw: []byte("x")},
	}
	why, err := a.PutAllAside(t.Context(), all...)
	if ok(t, err); len(why) != 3 || why[0] != nil || !errors.Is(why[1], node.ErrQuarantined) || why[2] != nil || len(inQuarantine(t, a)) != 2 {
		t.Errorf("%v; in quarantine: %+v", why, inQuarantine(t, a))
	}
	why, err = a.PutAllAside(t.Context())
	if ok(t, err); len(why) > 0 {
		t.Errorf("of none: %v", why)
	}
	all = nil
	for i := range 18 {
		all = append(all, node.Quarantined{Kind: storage.QuarantinedRaw, Collection: "c", Key: fmt.Sprint(i), Raw: make([]byte, storage.MaxQuarantinedOne)})
	}
	all[17].Raw = nil // there would be room for it
	why, err = a.PutAllAside(t.Context(), all...)
	ok(t, err)
	for i, err := range why {
		if full := errors.Is(err, node.ErrQuarantineFull); full != (i >= 15) || err != nil != full {
			t.Errorf("number %d of 64 MiB: %v", i, err)
		}
	}
	if kept := inQuarantine(t, a); len(kept) != 17 {
		t.Errorf("%d are in quarantine", len(kept))
	}
}
