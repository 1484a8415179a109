package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// listed is what a list yields, as text, and its error.
func listed(list func(yield func(storage.Record, error) bool)) (keys, texts []string, err error) {
	for rec, err := range list {
		if err != nil {
			return keys, texts, err
		}
		keys, texts = append(keys, rec.Key), append(texts, fmt.Sprintf("%s %v %x", rec.Key, rec.Heads, rec.Body))
	}
	return keys, texts, nil
}

// TestListIntact: where nothing is damaged it lists what List does, whatever has
// been hashed. A record that is lost, or an earlier one, where the tree is up to date, ends it
// before it, and what came before is true.
func TestListIntact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newNode(t, 'a')
		write := func(name string) {
			var cs []change
			for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, 300), 0, 150, rapid.ID[int]).Draw(t, name) {
				cs = append(cs, change{key: fmt.Sprintf("%03d", k), json: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "json")})
			}
			a.write(t, "people", cs...)
		}
		write("first")
		was := dump(t, a.store) // of which some records are earlier ones
		for range 2 {
			write("more")
			if rapid.Bool().Draw(t, "hash") {
				a.hash(t, "people")
			}
		}
		prefix := rapid.SampledFrom([]string{"", "1", "12", "\xff"}).Draw(t, "prefix")
		after := rapid.SampledFrom([]string{"", "1", "125", "2"}).Draw(t, "after")
		v, err := a.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		_, want, err := listed(v.List(prefix, after))
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := listed(v.ListIntact(prefix, after)); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, %q, want %q", err, got, want)
		}
		for range v.ListIntact(prefix, after) {
			break
		}
		a.hash(t, "people")
		keys, _, _ := listed(v.List("", ""))
		if len(keys) == 0 {
			return
		}
		key := rapid.SampledFrom(keys).Draw(t, "key")
		at, changed := "dpeople\x00"+key, false
		damage(t, a, at, func(tx storage.Tx, item storage.Item) error {
			changed = true
			if i := slices.IndexFunc(was, func(w storage.Item) bool { return string(w.Key) == at }); i >= 0 && rapid.Bool().Draw(t, "earlier") {
				changed = string(was[i].Value) != string(item.Value)
				return tx.Set(item.Key, was[i].Value)
			}
			return tx.Delete(item.Key)
		})
		if !changed {
			return
		}
		now, err := a.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer now.Close()
		got, texts, err := listed(now.ListIntact(prefix, after))
		if strings.HasPrefix(key, prefix) && key > after && !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("%s is not what it was, and nothing is said of it: %v, %q", key, err, got)
		}
		if !slices.Equal(texts, want[:len(texts)]) || slices.Contains(got, key) || err == nil && len(texts) < len(want) {
			t.Fatalf("%v, %q, of %q", err, texts, want)
		}
	})
}

// TestListIntactOfManyUnhashed: a leaf that holds all there is, because nothing was hashed since,
// is not held in memory, and one that holds more than any leaf is damage.
func TestListIntactOfManyUnhashed(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "000000", json: `1`})
	a.hash(t, "people")
	var cs []change
	for i := range 1000 {
		cs = append(cs, change{key: fmt.Sprintf("%06d", i), json: `2`})
	}
	a.write(t, "people", cs...)
	keys, _, err := listed(a.view(t, "people").ListIntact("", ""))
	if err != nil || len(keys) != 1000 {
		t.Fatalf("%d documents, %v", len(keys), err)
	}
	a.hash(t, "people")
	damage(t, a, "tpeople\x00\x00", func(tx storage.Tx, item storage.Item) error {
		if string(item.Key) == "tpeople\x00\x00" {
			return nil
		}
		return tx.Delete(item.Key)
	})
	keys, _, err = listed(a.view(t, "people").ListIntact("", ""))
	if !errors.Is(err, storage.ErrDamaged) || len(keys) > 0 {
		t.Fatalf("%d documents, %v", len(keys), err)
	}
}

// TestAbsentAsChecked: a key that has no record is absent unless a record was lost
// there, or a node of the tree above it.
func TestAbsentAsChecked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newNode(t, 'a')
		var cs []change
		for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2000), 2, 400, rapid.ID[int]).Draw(t, "keys") {
			cs = append(cs, change{key: fmt.Sprintf("%04d", k), json: `1`})
		}
		a.write(t, "people", cs...)
		a.hash(t, "people")
		absent := func(key string) (bool, error) {
			v, err := a.View("people")
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			return v.Absent(key)
		}
		other := fmt.Sprintf("%04d+", rapid.IntRange(0, 2000).Draw(t, "other"))
		if sure, err := absent(other); !sure || err != nil {
			t.Fatalf("%s: %t, %v", other, sure, err)
		}
		key := rapid.SampledFrom(cs).Draw(t, "key").key
		if sure, err := absent(key); sure || err != nil {
			t.Fatalf("%s: %t, %v", key, sure, err)
		}
		space := rapid.SampledFrom([]string{"dpeople\x00" + key, "tpeople\x00"}).Draw(t, "what")
		lost := false
		damage(t, a, space, func(tx storage.Tx, item storage.Item) error {
			if lost || space[0] == 't' && item.Key[8] > 0 { // the first leaf, and no node above
				return nil
			}
			if lost = true; space[0] == 't' {
				key = string(item.Key[9:]) + "+"
			}
			return tx.Delete(item.Key)
		})
		if sure, err := absent(key); sure || !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("%s was lost, and it is said of %s: %t, %v", space, key, sure, err)
		}
	})
}
