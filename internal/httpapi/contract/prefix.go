package contract

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// CheckPrefix refuses what no key can begin with, in the words that such a key
// is refused with. "" is the prefix of every key.
func CheckPrefix(prefix string) error {
	if prefix == "" || crdt.CheckKey(prefix) == nil {
		return nil
	}
	// A prefix may end where a key cannot: behind a slash or a dot.
	if err := crdt.CheckKey(prefix + "x"); err != nil {
		return fmt.Errorf("prefix: %w", err)
	}
	return nil
}
