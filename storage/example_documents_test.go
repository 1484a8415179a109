package storage_test

import (
	"crypto/ed25519"
	"fmt"
	"log"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// Two replicas: one writes, the other merges what it lacks.
func ExampleDocuments() {
	open := func(seed byte) *storage.Documents {
		key := ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))
		d, err := storage.OpenDocuments(memory.New(), storage.Options{Device: key})
		if err != nil {
			log.Fatal(err)
		}
		return d
	}
	ours, theirs := open(1), open(2)

	err := ours.Update(func(b *storage.Batch) error {
		plain, err := crdt.ParseJSON([]byte(`{"name":"Ann"}`))
		if err != nil {
			return err
		}
		w := b.Begin("people", 1)
		doc, _, err := new(crdt.Document).Put(w, plain)
		if err != nil {
			return err
		}
		head, _ := w.Last()
		return b.Write("people", w, []storage.Written{{Key: "ann", Document: doc, Head: head}})
	})
	if err != nil {
		log.Fatal(err)
	}

	v, err := ours.ViewDurable("people")
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	vector, _ := v.Knowledge().Whole()
	frame := storage.Frame{Vector: vector}
	keys, _, err := v.Candidates(crdt.Knowledge{}, "", 100) // for a peer that knows nothing
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range keys {
		rec, err := v.Record(key)
		if err != nil {
			log.Fatal(err)
		}
		frame.Documents = append(frame.Documents, storage.FrameDocument{Key: key, Heads: rec.Heads, Body: rec.Body})
	}
	for _, r := range vector.Replicas() {
		if head, ok, err := v.SignedHead(r); ok && err == nil {
			frame.Heads = append(frame.Heads, head)
		}
	}

	err = theirs.Update(func(b *storage.Batch) error {
		merged, err := b.Merge("people", frame)
		fmt.Println("changed:", merged.Changed)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	rec, err := theirs.Get("people", "ann")
	if err != nil {
		log.Fatal(err)
	}
	json, err := crdt.AppendPlainJSON(nil, rec.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", rec.Key, json)
	// Output:
	// changed: [ann]
	// ann: {"name":"Ann"}
}
