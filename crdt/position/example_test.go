package position_test

import (
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

func Example() {
	ann, bob := [16]byte{'a'}, [16]byte{'b'}
	var end position.Position

	milk := position.Between(end, end, position.ID{Replica: ann, Counter: 1})
	// Without hearing of each other, both go on after milk.
	eggs := position.Between(milk, end, position.ID{Replica: ann, Counter: 2})
	flour := position.Between(eggs, end, position.ID{Replica: ann, Counter: 3})
	tea := position.Between(milk, end, position.ID{Replica: bob, Counter: 1})
	rum := position.Between(tea, end, position.ID{Replica: bob, Counter: 2})

	names := map[position.Position]string{milk: "milk", eggs: "eggs", flour: "flour", tea: "tea", rum: "rum"}
	list := []position.Position{rum, flour, milk, tea, eggs}
	slices.SortFunc(list, position.Compare)
	for _, p := range list {
		fmt.Println(names[p], "at", p)
	}
	// Output:
	// milk at a:1
	// eggs at a:1+2
	// flour at a:1+3
	// tea at a:1>b:1
	// rum at a:1>b:1+2
}
