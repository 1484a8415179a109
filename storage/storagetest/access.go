package storagetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// put commits the pairs key, value, key, value….
func put(t testing.TB, s storage.Store, pairs ...string) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Set([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t testing.TB, s storage.Store, fn func(storage.Tx) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t testing.TB, s storage.Store, fn func(storage.Reader)) {
	t.Helper()
	err := s.View(func(r storage.Reader) error {
		fn(r)
		return nil
	})
	if err != nil {
		t.Fatalf("View: %v", err)
	}
}

// wantValue checks one Get; want nil means ErrNotFound.
func wantValue(t testing.TB, r storage.Reader, key string, want []byte) {
	t.Helper()
	got, err := r.Get([]byte(key))
	switch {
	case want == nil:
		if !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("Get(%.32q) = %d bytes, %v; want ErrNotFound", key, len(got), err)
		}
	case err != nil:
		t.Errorf("Get(%.32q): %v", key, err)
	case string(got) != string(want):
		t.Errorf("Get(%.32q) = %.32q (%d bytes), want %.32q (%d bytes)", key, got, len(got), want, len(want))
	}
}

// list is what a Scan yields, printed.
func list(r storage.Reader, o storage.ScanOptions) []string {
	out := []string{}
	for item, err := range r.Scan(o) {
		switch {
		case err != nil:
			out = append(out, "error: "+err.Error())
		case o.KeysOnly && item.Value != nil:
			out = append(out, fmt.Sprintf("%q has a value, but KeysOnly", item.Key))
		case o.KeysOnly:
			out = append(out, string(item.Key))
		default:
			out = append(out, string(item.Key)+"="+string(item.Value))
		}
	}
	return out
}

func wantList(t testing.TB, r storage.Reader, o storage.ScanOptions, want ...string) {
	t.Helper()
	if got := list(r, o); !slices.Equal(got, want) {
		t.Errorf("Scan(%q, %q, reverse %v) = %q, want %q", o.Start, o.End, o.Reverse, got, want)
	}
}

// model is what a store should hold.
type model map[string]string

func (m model) list(o storage.ScanOptions) []string {
	out := []string{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k < string(o.Start) || o.End != nil && k >= string(o.End) {
			continue
		}
		if o.KeysOnly {
			out = append(out, k)
		} else {
			out = append(out, k+"="+m[k])
		}
	}
	if o.Reverse {
		slices.Reverse(out)
	}
	return out
}
