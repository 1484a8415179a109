package node

import (
	"errors"
	"testing"
)

// TestWriteBehindALeaving: a write was let in while its key was held, and comes to
// the writer loop when the key is being left. It is refused, alone: it would be
// deleted with what is left, although it was acknowledged.
func TestWriteBehindALeaving(t *testing.T) {
	n, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	s, err := newScope([]string{"kept", "some/a"})
	if err != nil {
		t.Fatal(err)
	}
	n.writer.writable.Store(s) // as rescope does, before n.scope is another
	for _, c := range []struct {
		collection, key string
		kept            bool
	}{{"kept", "k", true}, {"left", "k", false}, {"some", "a1", true}, {"some", "b1", false}} {
		_, err := n.Collection(c.collection).Put(t.Context(), c.key, []byte(`1`), PutOptions{})
		if c.kept && err != nil || !c.kept && !errors.Is(err, ErrOutOfScope) {
			t.Errorf("%s/%s: %v", c.collection, c.key, err)
		}
	}
	err = n.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Put("some", "a2", []byte(`1`), PutOptions{}), tx.Put("some", "b2", []byte(`1`), PutOptions{}))
	})
	if !errors.Is(err, ErrOutOfScope) {
		t.Errorf("a transaction of both: %v", err)
	}
	for collection, want := range map[string]int{"kept": 1, "left": 0, "some": 1} {
		v, err := n.docs.View(collection)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(v.Count()); got != want {
			t.Errorf("%s holds %d documents, want %d", collection, got, want)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}
