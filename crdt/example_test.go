package crdt_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Two replicas edit one document while they cannot hear of each other.
func Example() {
	json := func(s string) crdt.Plain {
		p, err := crdt.ParseJSON([]byte(s))
		if err != nil {
			panic(err)
		}
		return p
	}
	ann, bob := crdt.ReplicaID{'a'}, crdt.ReplicaID{'b'}

	w := crdt.NewWriter(ann, 1, 100)
	base, _, _ := (*crdt.Document)(nil).Put(w, json(`{"title":"Tea","stock":{"$counter":10},"tags":{"$set":["hot"]}}`))
	seen := crdt.Counters{ann: w.Next - 1}.Vector()

	// Ann sells two and renames; Bob, who has seen the base, sells three,
	// renames too, and adds a tag.
	w = crdt.NewWriter(ann, w.Next, 200)
	left, _, _ := base.Put(w, json(`{"title":"Green tea","stock":8,"tags":["hot"]}`))
	annSaw := seen.Merge(crdt.Counters{ann: w.Next - 1}.Vector())

	w = crdt.NewWriter(bob, 1, 300)
	right, _, _ := base.Put(w, json(`{"title":"Black tea","stock":7,"tags":["hot","strong"]}`))
	bobSaw := seen.Merge(crdt.Counters{bob: w.Next - 1}.Vector())

	a, b := crdt.State{Document: left, Context: annSaw}, crdt.State{Document: right, Context: bobSaw}
	merge := func(a, b crdt.State) *crdt.Document {
		m, err := crdt.Merge(a, b)
		if err != nil {
			panic(err)
		}
		return m.Document
	}
	one, other := merge(a, b), merge(b, a)
	fmt.Println(string(one.AppendJSON(nil, crdt.FormatPlain)))
	for _, c := range one.Conflicts() {
		for _, k := range c.Candidates {
			fmt.Printf("%s is %s by %s\n", c.Path, k.JSON, k.Dot)
		}
	}
	fmt.Println(crdt.VersionOf(one.AppendCanonical(nil)) == crdt.VersionOf(other.AppendCanonical(nil)))
	// Output:
	// {"tags":["hot","strong"],"stock":5,"title":"Black tea"}
	// /title is "Black tea" by b:3
	// /title is "Green tea" by a:8
	// true
}
