package node_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// harm does one kind of damage to the document "k" of a collection, of which the
// store holds what was before the last change in was.
type harm struct {
	name string
	do   func(t *testing.T, disk storage.Store, coll string, was map[string][]byte)
	// What reading says of the document, listing and watching the collection,
	// reading with a session token, patching the document, and verifying.
	read, list, watch, session, patch, verify string
	quiet                                     []string // ways in which nothing need be said until the scrub comes: it did no harm
}

var harms = []harm{
	{"lost-record", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) { lose(t, s, coll+"/k") },
		"damaged", "damaged", "damaged", "damaged", "damaged", "said", nil},
	{"lost-entry", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) {
		rewind(t, s, "i", coll+"/k", nil)
	}, "new", "new", "damaged", "new", "damaged", "said", []string{"read", "list", "session", "verify", "send", "receive", "walk"}},
	{"stale-record", func(t *testing.T, s storage.Store, coll string, was map[string][]byte) {
		rewind(t, s, "d", coll+"/k", only(was, 'd'))
	}, "old", "damaged", "damaged", "old", "damaged", "said", []string{"receive"}},
	{"stale-both", func(t *testing.T, s storage.Store, coll string, was map[string][]byte) {
		rewind(t, s, "d", coll+"/k", only(was, 'd'))
		rewind(t, s, "i", coll+"/k", only(was, 'i'))
	}, "old", "damaged", "damaged", "old", "damaged", "said", []string{"receive"}},
	{"flipped", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) { flip(t, s, coll+"/k") },
		"damaged", "damaged", "damaged", "damaged", "damaged", "said", nil},
	{"undecodable", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) {
		alter(t, s, "d"+coll+"\x00k", func(key, value []byte) []byte {
			value = bytes.Replace(value, []byte("\x84\x01\xa1"), []byte("\x84\x01\xff"), 1) // behind a checksum that is right
			binary.BigEndian.PutUint32(value, crc32.Update(crc32.Checksum(key, crc32.MakeTable(crc32.Castagnoli)), crc32.MakeTable(crc32.Castagnoli), value[4:]))
			return value
		})
	}, "damaged", "damaged", "other", "damaged", "damaged", "said", nil},
	{"state", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) { flipFirst(t, s, "c"+coll) },
		"new", "damaged", "damaged", "damaged", "patched", "said", []string{"patch"}},
	{"tree", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) {
		flipFirst(t, s, "t"+coll+"\x00")
	},
		"new", "new", "new", "new", "patched", "said", ways},
	{"head", func(t *testing.T, s storage.Store, coll string, _ map[string][]byte) {
		flipFirst(t, s, "h"+coll+"\x00")
	},
		"new", "new", "new", "new", "patched", "said", ways},
}

// only are the records of one key space.
func only(all map[string][]byte, space byte) map[string][]byte {
	out := map[string][]byte{}
	for key, value := range all {
		if key[0] == space {
			out[key] = value
		}
	}
	return out
}

// alter changes the value under the first key that begins with prefix.
func alter(t *testing.T, disk storage.Store, prefix string, fn func(key, value []byte) []byte) {
	t.Helper()
	err := disk.Update(func(tx storage.Tx) error {
		for item, err := range tx.Scan(storage.ScanOptions{Start: []byte(prefix), End: []byte(prefix + "\xff")}) {
			if err != nil {
				return err
			}
			key := bytes.Clone(item.Key)
			return tx.Set(key, fn(key, bytes.Clone(item.Value)))
		}
		return errors.New("nothing under " + prefix)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func flipFirst(t *testing.T, disk storage.Store, prefix string) {
	t.Helper()
	alter(t, disk, prefix, func(_, value []byte) []byte {
		value[len(value)-1] ^= 1
		return value
	})
}

// ways are what meets the damage.
var ways = []string{"read", "list", "watch", "session", "patch", "verify", "send", "receive", "walk"}

// outcome says what a document, or a failure, amounts to.
func outcome(d *node.Document, err error) string {
	switch {
	case errors.Is(err, storage.ErrDamaged):
		return "damaged"
	case errors.Is(err, node.ErrNotFound):
		return "absent"
	case err != nil:
		return err.Error()
	}
	return shownAs(string(d.JSON()))
}

func shownAs(json string) string {
	switch json {
	case `{"v":"new"}`:
		return "new"
	case `{"v":"old"}`:
		return "old"
	case `{"v":"new","mine":1}`:
		return "patched"
	case `{"v":"old","mine":1}`:
		return "old"
	}
	return json
}

// meets lets one way meet the damage of a collection, at a node without peers.
func meets(t *testing.T, n *node.Node, good, coll, way string) string {
	c := n.Collection(coll)
	switch way {
	case "read":
		return outcome(c.Get(t.Context(), "k"))
	case "session":
		return outcome(n.ClientSession(node.SessionToken{}).Get(t.Context(), coll, "k"))
	case "list":
		for d, err := range c.All(t.Context(), node.ListOptions{}) {
			if err != nil || d.Key() == "k" {
				return outcome(d, err)
			}
		}
		return "absent"
	case "watch":
		ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
		defer cancel()
		for change, err := range c.Watch(ctx, node.Token{}, node.WatchOptions{}) {
			switch {
			case err != nil:
				return outcome(nil, err)
			case change.Key == "k" && change.Deleted, change.Key > "k":
				return "absent"
			case change.Key == "k":
				if change.Version.String() == good {
					return "new"
				}
				return "other"
			}
		}
	case "patch":
		w, err := c.MergePatch(t.Context(), "k", []byte(`{"mine":1}`), node.PutOptions{})
		if err != nil {
			return outcome(nil, err)
		}
		return outcome(w.Document, nil)
	case "verify":
		for f, err := range n.Verify(t.Context(), coll) {
			if f.Collection == coll || err != nil {
				return "said"
			}
		}
		return "silent"
	}
	return ""
}

// TestDamages: every kind of damage to one document, met in every way, at a node on
// Badger that has a peer with the good copy. What is served is right or an error, but where
// the table says that no single look can tell. Once the peers meet both hold what they
// held, and it was said.
func TestDamages(t *testing.T) {
	if testing.Short() {
		t.Skip("81 collections, in real time")
	}
	w := newWorld(t)
	var mu sync.Mutex
	said := map[string]bool{}
	events := node.Events{Incident: func(e node.IncidentEvent) {
		mu.Lock()
		defer mu.Unlock()
		said[e.Collection] = true
	}}
	open := func(name string) (*node.Node, storage.Store) {
		s, err := badger.Open(t.TempDir(), badger.Options{Profile: badger.Edge})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return w.open(name, node.Options{Store: s, Durability: node.Relaxed, Events: events}), s
	}
	a, disk := open("a")
	b, _ := open("b")
	c, _ := open("c")
	defer w.close(a, b, c)
	w.Partition([]string{"a", "b"}, []string{"c"})
	w.join(a, b, c)
	var cells []string
	for _, h := range harms {
		for _, way := range ways {
			cells = append(cells, h.name+"."+way)
		}
	}
	for _, coll := range cells {
		for _, key := range []string{"j", "k", "l"} {
			put(t, a, coll+"/"+key, `{"v":"old"}`)
		}
	}
	w.converge(a, b)
	was := map[string]map[string][]byte{}
	for _, coll := range cells {
		was[coll] = records(t, disk, "d", coll+"/k")
		for key, value := range records(t, disk, "i", coll+"/k") {
			was[coll][key] = value
		}
		put(t, b, coll+"/k", `{"v":"new"}`)
	}
	w.converge(a, b)
	w.Partition([]string{"a", "c"}, []string{"b"})
	mu.Lock()
	clear(said)
	mu.Unlock()
	for _, h := range harms {
		for _, way := range ways {
			coll := h.name + "." + way
			d, err := a.Collection(coll).Get(t.Context(), "k")
			if err != nil {
				t.Fatal(err)
			}
			good := d.Version().String()
			h.do(t, disk, coll, was[coll])
			want := map[string]string{"read": h.read, "list": h.list, "watch": h.watch, "session": h.session, "patch": h.patch, "verify": h.verify}[way]
			if got := meets(t, a, good, coll, way); got != want {
				t.Errorf("%s met by %s: %s, want %s", h.name, way, got, want)
			}
		}
		put(t, b, h.name+".receive/k", `{"v":"newer"}`)
	}
	w.Heal()
	w.converge(a, b, c)
	for _, coll := range cells { // what no read of one document can tell is found by whoever looks at all
		_ = meets(t, a, "", coll, "list")
	}
	for _, h := range harms {
		for _, way := range ways {
			coll := h.name + "." + way
			want := `{"v":"new"}`
			switch {
			case way == "receive":
				want = `{"v":"newer"}`
			case way == "patch" && h.patch == "patched":
				want = `{"v":"new","mine":1}`
			case way == "patch" && h.patch == "old": // a write on what no look can tell from the document
				want = `{"v":"old","mine":1}`
			}
			for _, n := range []*node.Node{a, b, c} {
				if got := eventually(t, n, coll, want); got != want {
					t.Errorf("%s met by %s: in the end %s holds %s", h.name, way, n.Name(), got)
				}
			}
			mu.Lock()
			if !said[coll] && !slices.Contains(h.quiet, way) {
				t.Errorf("%s met by %s: nothing was said", h.name, way)
			}
			mu.Unlock()
		}
	}
}

// eventually reads the document until it is what is wanted, or patience ends.
func eventually(t *testing.T, n *node.Node, coll, want string) (got string) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		d, err := n.Collection(coll).Get(t.Context(), "k")
		if got = fmt.Sprint(err); err == nil {
			got = string(d.JSON())
		}
		if got == want {
			return got
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return got
		}
	}
}
