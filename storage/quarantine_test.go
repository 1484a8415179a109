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
	ids, dropped, err := n.Keep(n.Update, q)
	if err != nil {
		t.Fatal(err)
	}
	return ids[0], dropped
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

// TestQuarantineKeepsWhatWasHeld: what peers send makes no room among what was held here,
// and where that has no more room it is said, and nothing of it goes.
func TestQuarantineKeepsWhatWasHeld(t *testing.T) {
	n := newNode(t, 'a')
	own := make([]storage.Quarantined, storage.MaxQuarantinedOwn+1)
	for i := range own {
		own[i] = storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: fmt.Sprint(i), Raw: []byte("dear")}
	}
	ids, dropped, err := n.Keep(n.Update, own...)
	if len(ids) != storage.MaxQuarantinedOwn || len(dropped) > 0 || !errors.Is(err, storage.ErrQuarantineFull) {
		t.Fatalf("%d kept, %d dropped, %v", len(ids), len(dropped), err)
	}
	if id, dropped := keep(t, n, storage.Quarantined{Kind: storage.QuarantinedMessage, Origin: "peer", Raw: []byte("x")}); id == 0 || len(dropped) > 0 {
		t.Errorf("of a peer: %d, %v", id, dropped)
	}
	all, err := n.Quarantine()
	if err != nil || len(all) != storage.MaxQuarantinedOwn+1 || all[0].ID != ids[0] {
		t.Errorf("%d are listed, %v", len(all), err)
	}
	m := newNode(t, 'b')
	large := bytes.Repeat([]byte("x"), 4<<20)
	for i := range storage.MaxQuarantinedBytes / len(large) {
		large[0] = byte(i)
		keep(t, m, storage.Quarantined{Kind: storage.QuarantinedRaw, Collection: "c", Key: "k", Raw: large})
	}
	if _, dropped, err := m.Keep(m.Update, storage.Quarantined{Kind: storage.QuarantinedMessage, Origin: "peer", Raw: []byte("x")}); !errors.Is(err, storage.ErrQuarantineFull) || len(dropped) > 0 {
		t.Errorf("a message when it is full: %v, %v", dropped, err)
	}
}

// TestForfeitKeys: documents that are given up one beside the other leave what is known in
// few ranges, and no other document goes.
func TestForfeitKeys(t *testing.T) {
	n := newNode(t, 'a')
	var lost []string
	for i := range 300 {
		key := fmt.Sprintf("%03d", i)
		n.write(t, "people", change{key: key, json: `1`})
		if i != 100 && i != 200 {
			lost = append(lost, key)
		}
	}
	for rest := lost; len(rest) > 0; {
		if err := n.Update(func(b *storage.Batch) (err error) { rest, err = b.ForfeitKeys("people", rest, 64); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if v := n.view(t, "people"); v.Count() != 2 {
		t.Errorf("%d documents are left", v.Count())
	}
	if got := len(n.knowledge(t, "people").Ranges()); got > 20 {
		t.Errorf("what is known is in %d ranges", got)
	}
	if found, err := n.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}
