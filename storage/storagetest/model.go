package storagetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/storage"
)

// testModel runs random transactions, and compares the store and every
// snapshot taken on the way with a map that went the same way.
func testModel(t *testing.T, open func(testing.TB) storage.Store) {
	s := open(t)
	defer s.Close()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{store: s, want: model{}}
		defer m.cleanup(t)
		m.clear(t)
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"update":   m.update,
			"snapshot": m.snapshot,
			"release":  m.release,
			"scan":     m.scan,
		})
	})
}

type machine struct {
	store     storage.Store
	want      model
	snapshots []taken
}

type taken struct {
	storage.Snapshot
	want model
}

var (
	errRollback = errors.New("rollback")
	keys        = rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00\x7f")), 1, 4, -1)
	values      = rapid.StringN(0, 20, -1)
)

// clear empties the store, which earlier runs have used.
func (m *machine) clear(t *rapid.T) {
	err := m.store.Update(func(tx storage.Tx) error {
		for item, err := range tx.Scan(storage.ScanOptions{KeysOnly: true}) {
			if err != nil {
				return err
			}
			if err := tx.Delete(slices.Clone(item.Key)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) update(t *rapid.T) {
	next := maps.Clone(m.want)
	rollback := rapid.Bool().Draw(t, "rollback")
	err := m.store.Update(func(tx storage.Tx) error {
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			key := keys.Draw(t, "key")
			if rapid.Bool().Draw(t, "delete") {
				delete(next, key)
				if err := tx.Delete([]byte(key)); err != nil {
					return err
				}
			} else {
				next[key] = values.Draw(t, "value")
				if err := tx.Set([]byte(key), []byte(next[key])); err != nil {
					return err
				}
			}
			compare(t, tx, next, options(t))
		}
		if rollback {
			return errRollback
		}
		return nil
	})
	if rollback && errors.Is(err, errRollback) {
		return
	}
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	m.want = next
}

func (m *machine) snapshot(t *rapid.T) {
	snap, err := m.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	m.snapshots = append(m.snapshots, taken{snap, maps.Clone(m.want)})
}

func (m *machine) release(t *rapid.T) {
	if len(m.snapshots) == 0 {
		t.Skip("no snapshot")
	}
	i := rapid.IntRange(0, len(m.snapshots)-1).Draw(t, "snapshot")
	if err := m.snapshots[i].Close(); err != nil {
		t.Fatal(err)
	}
	m.snapshots = slices.Delete(m.snapshots, i, i+1)
}

func (m *machine) scan(t *rapid.T) {
	o := options(t)
	for _, s := range m.snapshots {
		compare(t, s, s.want, o)
	}
}

func (m *machine) check(t *rapid.T) {
	err := m.store.View(func(r storage.Reader) error {
		compare(t, r, m.want, storage.ScanOptions{})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) cleanup(t *rapid.T) {
	for _, s := range m.snapshots {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func options(t *rapid.T) storage.ScanOptions {
	o := storage.ScanOptions{
		Reverse:  rapid.Bool().Draw(t, "reverse"),
		KeysOnly: rapid.Bool().Draw(t, "keys only"),
	}
	if rapid.Bool().Draw(t, "has start") {
		o.Start = []byte(keys.Draw(t, "start"))
	}
	if rapid.Bool().Draw(t, "has end") {
		o.End = []byte(keys.Draw(t, "end"))
	}
	return o
}

func compare(t *rapid.T, r storage.Reader, want model, o storage.ScanOptions) {
	got, expected := list(r, o), want.list(o)
	if !slices.Equal(got, expected) {
		t.Fatalf("Scan(%q, %q, reverse %v) = %q, want %q", o.Start, o.End, o.Reverse, got, expected)
	}
	for key, value := range want {
		if v, err := r.Get([]byte(key)); err != nil || string(v) != value {
			t.Fatalf("Get(%q) = %q, %v, want %q", key, v, err, value)
		}
	}
}
