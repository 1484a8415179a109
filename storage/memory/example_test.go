package memory_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

func Example() {
	store := memory.New()
	set := func(key, value string) {
		err := store.Update(func(tx storage.Tx) error {
			return tx.Set([]byte(key), []byte(value))
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	set("a", "on disk")
	if err := store.Sync(); err != nil {
		fmt.Println(err)
	}
	set("b", "not yet")

	show := func(when string, s *memory.Store) {
		fmt.Print(when)
		err := s.View(func(r storage.Reader) error {
			for item, err := range r.Scan(storage.ScanOptions{}) {
				if err != nil {
					return err
				}
				fmt.Printf(" %s=%q", item.Key, item.Value)
			}
			fmt.Println()
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	show("running:", store)
	show("after a power cut:", store.Crash())
	// Output:
	// running: a="on disk" b="not yet"
	// after a power cut: a="on disk"
}
