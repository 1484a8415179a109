package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

func keep(t *testing.T, n *node, q storage.Quarantined) (uint64, []storage.Quarantined) {
	t.Helper()
	id, dropped, err := n.Keep(q, n.Update)
	if err != nil {
		t.Fatal(err)
	}
	return id, dropped
}

func TestQuarantineIsBounded(t *testing.T) {
	n := newNode(t, 'a')
	own, _ := keep(t, n, storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: []byte("dear"), Reason: "why"})
	if again, _ := keep(t, n, storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: []byte("dear"), Reason: "other"}); again != own {
		t.Errorf("the same is kept twice: %d and %d", own, again)
	}
	for i := range storage.MaxQuarantinedFrom + 10 {
		_, dropped := keep(t, n, storage.Quarantined{Kind: storage.QuarantinedMessage, Origin: "peer", Raw: fmt.Append(nil, i)})
		if len(dropped) > 0 != (i >= storage.MaxQuarantinedFrom) {
			t.Errorf("message %d: dropped %v", i, dropped)
		}
	}
	large := bytes.Repeat([]byte("x"), 4<<20)
	for i := range 20 { // 80 MiB
		large[0] = byte(i)
		keep(t, n, storage.Quarantined{Kind: storage.QuarantinedDocument, Origin: fmt.Sprint("peer", i), Raw: large})
	}
	all, err := n.Quarantine()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, q := range all {
		size += q.Size
	}
	if size > storage.MaxQuarantinedBytes || len(all) == 0 || all[0].ID != own {
		t.Errorf("%d of %d bytes, the first is %+v", len(all), size, all[0])
	}
	q, err := n.QuarantinedOne(own)
	if err != nil || string(q.Raw) != "dear" || q.Reason != "why" {
		t.Errorf("%+v, %v", q, err)
	}
	last := all[len(all)-1].ID
	if q, err = n.QuarantinedOne(last); err != nil || !bytes.Equal(q.Raw, large) {
		t.Errorf("%d bytes, %v", len(q.Raw), err)
	}
	if found, err := n.VerifyStore(); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
	damage(t, n, fmt.Sprintf("q\x00\x00\x00\x00\x00\x00\x00%c\x00\x00\x00\x01", rune(own)), flip)
	if found, err := n.VerifyStore(); err != nil || len(found) != 1 || found[0].Problem != storage.ProblemQuarantine {
		t.Errorf("found %v, %v", found, err)
	}
	if err := n.Update(func(b *storage.Batch) error { return b.DropQuarantined(own) }); err != nil {
		t.Fatal(err)
	}
	if _, err := n.QuarantinedOne(own); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after the drop: %v", err)
	}
}

// TestStaleRecordIsFound: an old record, sealed as it was, under the key of a newer
// one that the index knows.
func TestStaleRecordIsFound(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "m", json: `1`})
	var was []byte
	damage(t, a, "dpeople\x00m", func(_ storage.Tx, item storage.Item) error {
		was = bytes.Clone(item.Value)
		return nil
	})
	a.write(t, "people", change{key: "m", json: `2`})
	damage(t, a, "dpeople\x00m", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, was) })
	found, err := a.VerifyKeys("people", []string{"m"})
	if err != nil {
		t.Fatal(err)
	}
	stale := false
	for _, f := range found {
		stale = stale || f.Problem == storage.ProblemStale
	}
	if !stale {
		t.Errorf("found %v", found)
	}
}
