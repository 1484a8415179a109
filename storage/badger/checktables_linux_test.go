package badger

import (
	"runtime"
	"testing"
)

// TestTablesAreCheckedInOneRoom: before a store is opened its tables are read one after the
// other into the same memory: what an opening leaves to be collected is no copy of the store.
func TestTablesAreCheckedInOneRoom(t *testing.T) {
	wide(t, "tables of 2 MiB")
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	writeRound(t, s, 20_000, 0) // 20 MB
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Inspect(dir, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 10_000_000 {
		t.Errorf("%d bytes were allocated", n)
	}
}
