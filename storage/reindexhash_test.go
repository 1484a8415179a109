package storage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestReindexBetweenHashing: an entry of the dot index is lost before its document is
// hashed, and made again while the tree is being brought up to date, from a list that lacks
// the document. The tree shows it in the end.
func TestReindexBetweenHashing(t *testing.T) {
	for budget := 1; budget <= 64; budget *= 4 {
		n, sound := newNode(t, 'a'), newNode(t, 'a')
		for _, n := range []*node{n, sound} {
			for i := range 600 {
				n.write(t, "c", change{key: fmt.Sprintf("k%03d", i), json: `1`})
			}
			n.hash(t, "c")
			for i := 3; i < 600; i += 100 {
				n.write(t, "c", change{key: fmt.Sprintf("k%03d", i), json: `2`})
			}
		}
		sound.hash(t, "c")
		damage(t, n, "ic\x00", func(tx storage.Tx, item storage.Item) error {
			if strings.Contains(string(item.Value), "k003") {
				return tx.Delete(item.Key)
			}
			return nil
		})
		err := n.Update(func(b *storage.Batch) error { _, err := b.HashTree("c", budget); return err })
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Update(func(b *storage.Batch) error { return b.Reindex("c", []string{"k003"}) }); err != nil {
			t.Fatal(err)
		}
		n.hash(t, "c")
		if n.root(t, "c") != sound.root(t, "c") {
			t.Errorf("a budget of %d: another root", budget)
		}
	}
}
