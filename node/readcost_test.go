package node_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

// TestCostOfReads bounds what reads and writes allocate, on a store in files whose tree is
// hashed. What a get or a list is made of must not be done twice, whatever is checked
// meanwhile: allocations are counted, so the bound does not depend on the machine. Where a bound is
// exceeded, look what has become part of the path before it is raised.
func TestCostOfReads(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector, which is run in short form, allocates too")
	}
	const documents = 2000
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{Dir: t.TempDir(), Durability: node.Relaxed})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := n.Collection("c")
	key := func(i int) string { return fmt.Sprintf("%05d", i) }
	body := []byte(`{"name":"Ann","age":30,"city":"Oslo","active":true,"team":"red"}`)
	for i := range documents {
		if _, err := c.Put(ctx, key(i), body, node.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Root(ctx); err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, cost := range []struct {
		what string
		most float64 // for each of ops
		ops  int
		run  func() error
	}{
		{"get", 14, 1, func() error { _, err := c.Get(ctx, key(i%documents)); return err }},
		{"get of what is not there", 400, 1, func() error {
			if _, err := c.Get(ctx, key(i%documents)+"+"); !errors.Is(err, node.ErrNotFound) {
				return fmt.Errorf("found: %w", err)
			}
			return nil
		}},
		{"a document of a list", 8, documents, func() error { return listAll(ctx, c, node.ListOptions{}, documents) }},
		{"a page of 100", 950, 1, func() error { return listAll(ctx, c, node.ListOptions{After: key(i % 1000), Limit: 100}, 100) }},
		{"put of a new document", 175, 1, func() error { _, err := c.Put(ctx, key(documents+i), body, node.PutOptions{}); return err }},
		{"put over a document", 205, 1, func() error {
			_, err := c.Put(ctx, key(i%documents), fmt.Appendf(nil, `{"name":"Bob","age":%d}`, i), node.PutOptions{})
			return err
		}},
	} {
		var failed error
		got := testing.AllocsPerRun(20, func() {
			if i++; failed == nil {
				failed = cost.run()
			}
		}) / float64(cost.ops)
		t.Logf("%s: %.1f", cost.what, got)
		if failed != nil || got > cost.most {
			t.Errorf("%s: %.1f allocations, at most %.0f are allowed; %v", cost.what, got, cost.most, failed)
		}
	}
}

// listAll lists as many documents as there have to be.
func listAll(ctx context.Context, c *node.Collection, o node.ListOptions, want int) error {
	found := 0
	for _, err := range c.All(ctx, o) {
		if err != nil {
			return err
		}
		found++
	}
	if found != want {
		return fmt.Errorf("%d documents, want %d", found, want)
	}
	return nil
}
