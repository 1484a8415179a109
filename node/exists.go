package node

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// ErrNoCollection is returned by CollectionExists when the node holds no such collection.
var ErrNoCollection = errors.New("no such collection")

// CollectionExists fails with ErrNoCollection unless the node holds something of a collection, or has
// held it: to read one that is not there shows nothing, which a check must not take for sound.
func (n *Node) CollectionExists(name string) error {
	if err := crdt.CheckCollection(name); err != nil {
		return err
	}
	if !slices.Contains(n.docs.Collections(), name) {
		return fmt.Errorf("%s: %w", name, ErrNoCollection)
	}
	return nil
}
