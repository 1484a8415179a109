package node_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/crdtstore/crdtstore/node"
)

// A program keeps its data in an embedded node. Give Listen, or Join an
// invite, and the same data is on other devices too.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "crdtstore")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	n, err := node.Open(ctx, node.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()

	people := n.Collection("people")
	_, err = people.Put(ctx, "ann", []byte(`{"name":"Ann","visits":{"$counter":1}}`), node.PutOptions{})
	if err != nil {
		log.Fatal(err)
	}
	ann, err := people.Get(ctx, "ann")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(ann.JSON()))

	_, err = people.Put(ctx, "ann", []byte(`{}`), node.PutOptions{IfAbsent: true})
	fmt.Println(errors.Is(err, node.ErrVersion))
	// Output:
	// {"name":"Ann","visits":1}
	// true
}

// Update changes several documents of one collection at once.
func ExampleNode_Update() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{}) // in memory
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	err = n.Update(ctx, func(tx *node.Tx) error {
		if err := tx.Put("rooms", "red", []byte(`{"guest":"ann"}`), node.PutOptions{IfAbsent: true}); err != nil {
			return err
		}
		return tx.Put("rooms", "blue", []byte(`{"guest":"bob"}`), node.PutOptions{IfAbsent: true})
	})
	if err != nil {
		log.Fatal(err)
	}
	for d, err := range n.Collection("rooms").All(ctx, node.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Key(), string(d.JSON()))
	}
	// Output:
	// blue {"guest":"bob"}
	// red {"guest":"ann"}
}

// Changes delivers what is different from what a token has seen. A token of
// one peer is good at any other.
func ExampleNode_Changes() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	todo := n.Collection("todo")
	var token node.Token
	for _, step := range []string{"milk", "bread", "milk"} {
		if _, err := todo.Put(ctx, step, fmt.Appendf(nil, `{"seen":%q}`, token), node.PutOptions{}); err != nil {
			log.Fatal(err)
		}
		for c, err := range n.Changes(ctx, token, node.WatchOptions{Once: true}) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(c.Collection, c.Key)
			token = c.Token
		}
	}
	// Output:
	// todo milk
	// todo bread
	// todo milk
}
