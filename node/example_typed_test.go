package node_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/crdtstore/crdtstore/node"
)

// Tour is a document as a Go type: its tags say how concurrent changes merge.
type Tour struct {
	Title string   `json:"title"`
	Seats int      `json:"seats" crdt:"counter"`
	Tags  []string `json:"tags" crdt:"set"`
	Notes string   `json:"notes" crdt:"text"`
	Stops []Stay   `json:"stops"`
}

// Stay is an element of a list: two people may edit one at the same time.
type Stay struct {
	Place  string `json:"place"`
	Nights int    `json:"nights"`
}

func ExampleOf() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()

	tours := node.Of[Tour](n.Collection("tours"))
	_, err = tours.Put(ctx, "alps", Tour{
		Title: "Alps", Seats: 12, Tags: []string{"hike"}, Notes: "Bring boots.", Stops: []Stay{{"inn", 1}, {"hut", 2}},
	}, node.PutOptions{})
	if err != nil {
		log.Fatal(err)
	}
	// What follows is a decrement, an element of a set, a few letters, and one
	// field of one element: nothing else is written, so whatever others change
	// meanwhile, here or far away, stays.
	_, err = tours.Modify(ctx, "alps", func(t *Tour) error {
		t.Seats -= 2
		t.Tags = append(t.Tags, "snow")
		t.Notes = strings.Replace(t.Notes, "boots", "warm boots", 1)
		t.Stops[1].Nights++
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	tour, err := tours.Get(ctx, "alps")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", tour)
	// Output: {Title:Alps Seats:10 Tags:[hike snow] Notes:Bring warm boots. Stops:[{Place:inn Nights:1} {Place:hut Nights:3}]}
}

func ExampleTyped_All() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	tours := node.Of[Tour](n.Collection("tours"))
	for i, title := range []string{"Alps", "Baltic", "Crete"} {
		if _, err := tours.Put(ctx, strings.ToLower(title), Tour{Title: title, Seats: i}, node.PutOptions{}); err != nil {
			log.Fatal(err)
		}
	}
	for tour, err := range tours.All(ctx, node.ListOptions{After: "alps"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(tour.Key, tour.Value.Seats)
	}
	// Output:
	// baltic 1
	// crete 2
}

// A form shows a document, and somebody else writes before it is sent back.
func ExampleCollection_Put_base() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	people := n.Collection("people")
	shown, err := people.Put(ctx, "ann", []byte(`{"name":"Ann","phone":"1"}`), node.PutOptions{})
	if err != nil {
		log.Fatal(err)
	}
	base := shown.Document.Version()
	if _, err := people.MergePatch(ctx, "ann", []byte(`{"phone":"2"}`), node.PutOptions{}); err != nil {
		log.Fatal(err)
	}
	sent, err := people.Put(ctx, "ann", []byte(`{"name":"Ann B","phone":"1"}`), node.PutOptions{Base: base})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", sent.Document.JSON())
	// Output: {"name":"Ann B","phone":"2"}
}

func ExampleCollection_EditText() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	notes := n.Collection("notes")
	if _, err := notes.Put(ctx, "today", []byte(`{"text":{"$text":"buy milk"}}`), node.PutOptions{}); err != nil {
		log.Fatal(err)
	}
	edited, err := notes.EditText(ctx, "today", "/text", func(t *node.TextEdit) error {
		if err := t.Delete(0, 3); err != nil {
			return err
		}
		return t.Insert(0, "Get")
	}, node.PutOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", edited.Document.JSON())
	// Output: {"text":"Get milk"}
}
