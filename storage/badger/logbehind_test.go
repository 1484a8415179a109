package badger

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"testing"
)

// TestOneEntryIsLost: whichever entry of a log has changed, all others are read, also those of the same
// transaction, each once, in order; and it is said where something is missing.
func TestOneEntryIsLost(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := filled(t, key, 1)
			keys, err := openKeys(dir, key)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(logPath(dir, numberedIn(t, dir, logSuffix)[0]))
			if err != nil {
				t.Fatal(err)
			}
			data = data[:usedOf(data)+sector]
			sound, err := newRawLogOf(data, keys)
			if err != nil {
				t.Fatal(err)
			}
			all, newest := entriesOf(sound)
			for n, pos := 0, logHeader; pos < sound.used; n++ {
				e, size := sound.entry(pos)
				if n%4 != 0 && e.version != newest {
					pos += size
					continue
				}
				bad := bytes.Clone(data)
				bad[pos+size-5] ^= 1 // of the value
				damaged, err := newRawLogOf(bad, keys)
				if err != nil {
					t.Fatal(err)
				}
				got, said := readAll(t, damaged)
				want := maps.Clone(all)
				if lost := nameOf(e); e.meta&metaEnd == 0 {
					delete(want, lost)
				}
				if !maps.Equal(got, want) || !said && e.version != newest {
					t.Fatalf("%s, entry %d, is lost: %d of %d others were read; said %v", nameOf(e), n, len(got), len(want), said)
				}
				pos += size
			}
		})
	}
}

func nameOf(e entry) string { return fmt.Sprintf("%s@%d", e.key, e.version) }

// entriesOf counts the entries of a sound log by name, and gives the version of its last transaction.
func entriesOf(l *rawLog) (all map[string]int, newest uint64) {
	all = map[string]int{}
	for pos := logHeader; pos < l.used; {
		e, n := l.entry(pos)
		if pos += n; e.meta&metaEnd == 0 {
			all[nameOf(e)]++
			newest = e.version
		}
	}
	return all, newest
}

// readAll counts what is read of a log, and whether something is said to be missing.
func readAll(t *testing.T, l *rawLog) (all map[string]int, said bool) {
	t.Helper()
	all = map[string]int{}
	before := uint64(0)
	take := func(tx []entry) error {
		said = said || len(tx) == 0
		for _, e := range tx {
			if all[nameOf(e)]++; e.version < before {
				t.Fatalf("%s behind %d", nameOf(e), before)
			}
			before = e.version
		}
		return nil
	}
	if _, err := l.read(take, take); err != nil {
		t.Fatal(err)
	}
	return all, said
}
