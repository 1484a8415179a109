package storage_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

var update = flag.Bool("update", false, "write the golden files")

// spaces names the key spaces as docs/STORAGE.md does.
var spaces = map[byte]string{
	'c': "collection", 'd': "document", 'f': "fingerprint", 'h': "signed head", 'i': "index", 'k': "base", 'm': "meta",
	'o': "own counter", 'p': "part", 'r': "replica", 't': "tree", 'u': "tree mark", 'x': "conflict",
}

// TestGoldenKeySpace compares every byte of a small store. The bytes are a
// promise to stores that exist: to change them takes a new format number.
func TestGoldenKeySpace(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `{"name":"Ann","visits":{"$counter":1}}`}, change{key: "bob/1", json: `true`})
	b.pull(t, "people", a)
	b.write(t, "people", change{key: "ann", json: `{"name":"Anna"}`})
	a.write(t, "people", change{key: "ann", json: `{"name":"Anne"}`}, change{key: "bob/1", json: ``})
	a.pull(t, "people", b)
	if err := a.Update((*storage.Batch).Renew); err != nil {
		t.Fatal(err)
	}
	a.write(t, "people", change{key: "cyd", json: `2.5`}, change{key: "large", json: `{"x":1,"y":"` + strings.Repeat("0123456789", 2000) + `"}`})
	a.write(t, "people", change{key: "large", json: `{"x":2,"y":"` + strings.Repeat("0123456789", 2000) + `"}`})
	a.hash(t, "people")
	a.write(t, "places", change{key: "rome", json: `true`}) // and what is known of it takes so many bytes that it is told from a base
	far := strings.Repeat("far", 100)
	if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("places", far, far+"/") }); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	var out strings.Builder
	seen := map[string]bool{}
	for _, item := range dump(t, a.store) {
		space := spaces[item.Key[0]]
		if !seen[space] {
			fmt.Fprintf(&out, "# %s\n", space)
			seen[space] = true
		}
		if len(item.Value) > 1000 {
			fmt.Fprintf(&out, "%q\n\t%x… %d bytes, SHA-256 %x\n", item.Key, item.Value[:16], len(item.Value), sha256.Sum256(item.Value))
			continue
		}
		fmt.Fprintf(&out, "%q\n\t%x\n", item.Key, item.Value)
	}
	for _, space := range spaces {
		if !seen[space] {
			t.Errorf("the golden store has nothing in the key space %s", space)
		}
	}
	golden := filepath.Join("testdata", "keyspace.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != string(want) {
		t.Errorf("the bytes of a store have changed:\n%s\nwant\n%s", got, want)
	}
}
