package badger

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestBeginningOfALog takes from the beginning of a log what a power cut, or damage, can take. No commit that can be
// read stands in front, so which one is missing is told by what is left of it, or by the tables.
func TestBeginningOfALog(t *testing.T) {
	const first, marker = 3 * sector, 30 // the end of the first commit; bytes from the end that are in its last entry
	for _, c := range []struct {
		name    string
		synced  bool                       // the first commit was, before the second
		change  func(b []byte, ends []int) // of a log with three commits
		damaged bool
	}{
		{"the last entry of the first flipped, the second not on disk", true, func(b []byte, ends []int) {
			b[ends[0]-marker] ^= 4
			clear(b[ends[0]:ends[1]])
		}, true},
		{"the first entry flipped, all behind it not on disk", true, func(b []byte, ends []int) {
			b[logHeader+60] ^= 4
			clear(b[ends[0]:ends[2]])
		}, true},
		{"the first wiped", true, func(b []byte, ends []int) { clear(b[logHeader:ends[0]]) }, true},
		{"the first wiped, the second not on disk", true, func(b []byte, ends []int) { clear(b[logHeader:ends[1]]) }, true},
		{"the sector of the header wiped", true, func(b []byte, ends []int) { clear(b[:sector]) }, true},
		{"the first wiped but for its end", true, func(b []byte, ends []int) { clear(b[:ends[0]/sector*sector]) }, true},
		{"a sector of the first not on disk", false, func(b []byte, ends []int) { clear(b[sector : 2*sector]) }, false},
		{"the sector of the header not on disk", false, func(b []byte, ends []int) { clear(b[:sector]) }, false},
		{"of the first only the end on disk, and nothing behind", false, func(b []byte, ends []int) {
			clear(b[:ends[0]/sector*sector])
			clear(b[ends[0]:])
		}, false},
		{"the first not on disk", false, func(b []byte, ends []int) { clear(b[:ends[0]]) }, false},
		{"the first two not on disk", false, func(b []byte, ends []int) { clear(b[:ends[1]]) }, false},
	} {
		for _, tables := range []uint64{0, 1, 3} {
			t.Run(fmt.Sprintf("%s, behind %d", c.name, tables), func(t *testing.T) {
				s, dir := openBehind(t, nil, tables)
				w := logged{synced: make([]int, 3)}
				for n := range 3 {
					value := make([]byte, first/2)
					if _, err := rand.Read(value); err != nil {
						t.Fatal(err)
					}
					value = bytes.ReplaceAll(value, []byte{0}, []byte{1})
					err := s.Update(func(tx storage.Tx) error {
						if err := tx.Set([]byte("a"), value); err != nil {
							return err
						}
						return tx.Set([]byte("b"), value)
					})
					if err == nil && n == 0 && c.synced {
						err = s.Sync()
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				w.scan(t, dir, nil, tables)
				image := bytes.Clone(w.data)
				c.change(image, w.ends)
				f := w.read(t, image)
				if what := w.damage(f); (what != "") != c.damaged {
					t.Errorf("damaged %v: %q, %+v", c.damaged, what, f)
				}
				// Without the tables no cut is damage, and damage is told by what is left of the first commit.
				_, what := damagedLog([]logFile{f}, func() uint64 { return 1<<64 - 1 })
				if what != "" && !c.damaged || what == "" && c.damaged && f.first > 0 {
					t.Errorf("without the tables, damaged %v: %q, %+v", c.damaged, what, f)
				}
			})
		}
	}
}
