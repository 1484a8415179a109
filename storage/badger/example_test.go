package badger_test

import (
	"fmt"
	"os"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	store, err := badger.Open(dir, badger.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = store.Update(func(tx storage.Tx) error {
		return tx.Set([]byte("ann"), []byte("1"))
	})
	fmt.Println(err, store.Sync(), store.Close())

	store, err = badger.Open(dir, badger.Options{ReadOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	err = store.View(func(r storage.Reader) error {
		value, err := r.Get([]byte("ann"))
		fmt.Printf("%s\n", value)
		return err
	})
	fmt.Println(err)
	// Output:
	// <nil> <nil> <nil>
	// 1
	// <nil>
}
