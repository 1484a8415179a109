package node_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// reseal makes the checksum in front of a value right.
func reseal(key, value []byte) {
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(value, crc32.Update(crc32.Checksum(key, table), table, value[4:]))
}

// asFormat makes the format of a document what to is where it was from, in the record
// and, where that was put aside, in the quarantine, behind checksums that are right.
func asFormat(t *testing.T, disk storage.Store, address string, from, to byte) {
	t.Helper()
	record, was, is := []byte("d"+nul(address)), []byte{0x84, from, 0xa2}, []byte{0x84, to, 0xa2}
	err := disk.Update(func(tx storage.Tx) error {
		for _, o := range []storage.ScanOptions{{Start: record, End: append(record, 0)}, {Start: []byte("q"), End: []byte("r")}} {
			for item, err := range tx.Scan(o) {
				if err != nil {
					return err
				}
				key, value := bytes.Clone(item.Key), bytes.Clone(item.Value)
				if !bytes.Contains(value, was) {
					continue
				}
				at := bytes.Index(value, record)
				copy(value[bytes.Index(value, was):], is)
				if at >= 0 { // in quarantine: the value is behind its key and its length
					at += len(record)
					size, w := binary.Uvarint(value[at:])
					reseal(record, value[at+w:at+w+int(size)])
				}
				reseal(key, value)
				if err := tx.Set(key, value); err != nil {
					return err
				}
			}
		}
		return nil
	})
	ok(t, err)
}

func inQuarantine(t *testing.T, n *node.Node) []node.Quarantined {
	t.Helper()
	all, err := n.Quarantine(t.Context())
	ok(t, err)
	return all
}

// TestReleasedAfterUpgrade: a document of a newer format, which this version cannot
// read, is given up and kept as it was. After an upgrade to one that can, it is
// released: by the operator, or by itself once the collection has converged.
func TestReleasedAfterUpgrade(t *testing.T) {
	for _, by := range []string{"the operator", "itself"} {
		t.Run(by, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, device := newWorld(t), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
				disk, other, bDevice := store.New(), store.New(), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
				open := func() (a, b *node.Node) {
					return w.open("a", node.Options{Store: disk, Device: device}), w.open("b", node.Options{Store: other, Device: bDevice})
				}
				a, b := open()
				put(t, a, "c/k", `{"dear":true,"n":{"$counter":5}}`)
				put(t, a, "c/other", `1`)
				w.close(a, b)
				disk, other = disk.Kill(), other.Kill()
				asFormat(t, disk, "c/k", 1, 2)
				a, b = open()
				if got := outcome(a.Collection("c").Get(t.Context(), "k")); got != "damaged" {
					t.Errorf("what cannot be read is %s", got)
				}
				w.join(a, b)
				time.Sleep(time.Minute)
				w.converge(a, b)
				want(t, b, "c/other", `1`)
				want(t, b, "c/k", "not found")
				kept := inQuarantine(t, a)
				if len(kept) != 1 || !strings.Contains(kept[0].Reason, "unknown document format: 2") {
					t.Fatalf("in quarantine: %+v", kept)
				}
				if _, err := a.Release(t.Context(), kept[0].ID); !errors.Is(err, node.ErrNotReleased) || !strings.Contains(err.Error(), "unknown document format: 2") {
					t.Errorf("before the upgrade: %v", err)
				}
				w.close(a, b)
				disk, other = disk.Kill(), other.Kill()
				asFormat(t, disk, "c/k", 2, 1) // what reads it now
				asFormat(t, other, "c/k", 2, 1)
				a, b = open()
				defer w.close(a, b)
				if by == "itself" {
					w.join(a, b)
					put(t, b, "c/other", `2`)
					time.Sleep(5 * time.Minute)
				} else {
					if _, err := a.Release(t.Context(), kept[0].ID); err != nil {
						t.Errorf("after the upgrade: %v", err)
					}
					w.join(b, a)
				}
				w.converge(a, b)
				want(t, b, "c/k", `{"n":5,"dear":true}`)
				time.Sleep(time.Hour)
				put(t, b, "c/other", `3`)
				time.Sleep(5 * time.Minute)
				for _, n := range []*node.Node{a, b} {
					if left := inQuarantine(t, n); len(left) > 0 {
						t.Errorf("left at %s: %+v", n.Name(), left)
					}
				}
			})
		})
	}
}

// TestKeptAtTwoPeers: the same document, of somebody else, is in quarantine at two peers.
// Released at one or, one after the other, at both, it is there once, and so is what was
// counted. By itself it does not come: who has made it may have it still. Nor does it
// come back when it was removed.
func TestKeptAtTwoPeers(t *testing.T) {
	const body, shown = `{"l":[1,2],"n":{"$counter":5},"s":{"$set":["x"]},"t":{"$text":"hello"},"v":7}`, `{"l":[1,2],"n":5,"s":["x"],"t":"hello","v":7}`
	for _, where := range []string{"a", "b", "a b", "b a", "by themselves"} {
		t.Run(where, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t)
				a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
				defer w.close(a, b)
				source := alone(t, node.Options{})
				put(t, source, "c/k", body)
				d, err := source.Collection("c").Get(t.Context(), "k")
				ok(t, err)
				w.join(a, b)
				if where != "by themselves" {
					put(t, a, "c/other", `1`)
					w.converge(a, b)
				}
				nodes := map[string]*node.Node{"a": a, "b": b}
				for _, n := range nodes {
					ok(t, node.Keep(t.Context(), n, node.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: d.Canonical(), Reason: "lost"}))
				}
				if where == "by themselves" {
					put(t, a, "c/other", `1`)
					time.Sleep(20 * time.Minute)
					w.converge(a, b)
					want(t, a, "c/k", "not found")
					if na, nb := len(inQuarantine(t, a)), len(inQuarantine(t, b)); na != 1 || nb != 1 {
						t.Errorf("%d and %d are left", na, nb)
					}
					return
				}
				for i, name := range strings.Fields(where) {
					n := nodes[name]
					changed, err := n.Release(t.Context(), 1)
					if errors.Is(err, node.ErrNotQuarantined) && i > 0 {
						continue // it has released it itself
					}
					if ok(t, err); changed != (i == 0) {
						t.Errorf("released at %s: changed %v", name, changed)
					}
					w.converge(a, b)
				}
				w.converge(a, b)
				want(t, a, "c/k", shown)
				want(t, b, "c/k", shown)
				if d := seen(t, a, "k"); d.HasConflicts() {
					t.Error("it has conflicts")
				}
				del(t, b, "c/k")
				time.Sleep(20 * time.Minute) // what is still kept is of what was removed
				put(t, a, "c/other", `2`)
				time.Sleep(20 * time.Minute)
				w.converge(a, b)
				want(t, a, "c/k", "not found")
				want(t, b, "c/k", "not found")
				if n := len(inQuarantine(t, a)) + len(inQuarantine(t, b)); n > 2-len(strings.Fields(where)) {
					t.Errorf("%d are left", n)
				}
			})
		})
	}
}

// TestReleaseOfWhatWasSent: what a peer has sent is dropped when it is here, or when a
// peer that has it is connected and brings it again; never else.
func TestReleaseOfWhatWasSent(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		put(t, b, "c/k", `{"t":{"$text":"hello"}}`)
		body := seen(t, b, "k").Canonical()
		sent := node.Quarantined{Kind: storage.QuarantinedDocument, Origin: "b", Collection: "c", Key: "k", Raw: body, Reason: "why"}
		newer := bytes.Clone(body)
		newer[1] = 2
		ok(t, node.Keep(t.Context(), a, sent))
		sent.Raw, sent.Key = newer, "newer"
		message := node.Quarantined{Kind: storage.QuarantinedMessage, Origin: "b", Raw: []byte("nonsense"), Reason: "garbage"}
		ok(t, node.Keep(t.Context(), a, sent, message))
		for i, q := range inQuarantine(t, a) {
			_, err := a.Release(t.Context(), q.ID)
			if !errors.Is(err, node.ErrNotReleased) || !strings.Contains(err.Error(), []string{"connect b", "unknown document format: 2", "connect b"}[i]) {
				t.Errorf("alone: %v", err)
			}
		}
		if n := len(inQuarantine(t, a)); n != 3 {
			t.Fatalf("%d are left", n)
		}
		w.join(a, b)
		defer w.close(a, b)
		w.converge(a, b)
		time.Sleep(5 * time.Minute) // what is here by now goes by itself
		left := inQuarantine(t, a)
		if len(left) != 2 || left[0].Key != "newer" {
			t.Fatalf("left: %+v", left)
		}
		if _, err := a.Release(t.Context(), left[0].ID); !errors.Is(err, node.ErrNotReleased) {
			t.Errorf("of a newer format: %v", err)
		}
		if _, err := a.Release(t.Context(), left[1].ID); err != nil { // the session begins anew
			t.Errorf("a message of who is here: %v", err)
		}
		w.converge(a, b)
		want(t, a, "c/k", `{"t":"hello"}`)
	})
}

// TestFullQuarantine: what a peer sends never drives out what was held here. Where there
// is no room for damage it stays as it is, and is healed when room is made.
func TestFullQuarantine(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk := newWorld(t), store.New()
		a, b := w.open("a", node.Options{Store: disk}), w.open("b", node.Options{})
		defer w.close(a, b)
		for _, key := range []string{"c/k", "c/l"} {
			put(t, a, key, `{"dear":true}`)
		}
		w.join(a, b)
		w.converge(a, b)
		own := node.Quarantined{Kind: storage.QuarantinedRaw, Collection: "old", Raw: make([]byte, 4<<20), Reason: "why"}
		for i := range storage.MaxQuarantinedBytes / len(own.Raw) {
			own.Key = fmt.Sprint(i)
			ok(t, node.Keep(t.Context(), a, own))
		}
		before := inQuarantine(t, a)
		ok(t, node.Keep(t.Context(), a, node.Quarantined{Kind: storage.QuarantinedMessage, Origin: "b", Raw: []byte("nonsense")}))
		flip(t, disk, "c/k")
		put(t, b, "c/l", `{"dear":2}`)
		time.Sleep(time.Minute)
		if got := outcome(a.Collection("c").Get(t.Context(), "k")); got != "damaged" {
			t.Errorf("c/k is %s", got)
		}
		time.Sleep(time.Minute)
		want(t, a, "c/l", `{"dear":2}`)
		if after := inQuarantine(t, a); len(after) != len(before) || after[0].ID != before[0].ID {
			t.Errorf("%d were kept, %d are", len(before), len(after))
		}
		ok(t, a.DropQuarantined(t.Context(), before[0].ID))
		put(t, b, "c/m", `1`)
		time.Sleep(time.Minute)
		w.converge(a, b)
		want(t, a, "c/k", `{"dear":true}`)
	})
}

// TestThousandsAhead: a store that has lost what it knows of a collection holds
// thousands of intact documents of which nobody else has any. All are put aside, given up, and
// come back.
func TestThousandsAhead(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		const n = 3000
		w, disk, device := newWorld(t), store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		a, c := w.open("a", node.Options{Store: disk, Device: device}), w.open("c", node.Options{})
		put(t, c, "c/first", `0`)
		w.join(a, c)
		w.converge(a, c)
		var known []byte // of the collection
		alter(t, disk, "cc", func(_, value []byte) []byte { known = bytes.Clone(value); return value })
		var items []node.PutItem
		for i := range n {
			items = append(items, node.PutItem{Key: fmt.Sprintf("k%04d", i), JSON: fmt.Appendf(nil, `{"i":%d,"n":{"$counter":1}}`, i)})
		}
		_, err := c.Collection("c").PutAll(t.Context(), items)
		ok(t, err)
		w.converge(a, c)
		w.close(a, c)
		disk = disk.Kill()
		alter(t, disk, "cc", func([]byte, []byte) []byte { return known })
		a, b := w.open("a", node.Options{Store: disk, Device: device}), w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, b, "c/of-b", `1`)
		w.join(b, a)
		time.Sleep(time.Minute)
		w.converge(a, b)
		for _, q := range inQuarantine(t, a) { // c may come back: this is for somebody to say
			_, err := a.Release(t.Context(), q.ID)
			ok(t, err)
		}
		w.converge(a, b)
		missing := 0
		for i := range n {
			if show(t, b, fmt.Sprintf("c/k%04d", i)) != fmt.Sprintf(`{"i":%d,"n":1}`, i) {
				missing++
			}
		}
		if left := inQuarantine(t, a); missing > 0 || len(left) > 0 {
			t.Errorf("%d of %d are missing, %d in quarantine", missing, n, len(left))
		}
	})
}
