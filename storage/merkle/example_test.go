package merkle_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

func Example() {
	f := &fixture{collection: "people"} // documents and records in memory
	for i := range 1000 {
		f.set(fmt.Sprintf("person/%03d", i), 0)
	}
	if _, err := f.tree().Build("", "", 1000); err != nil {
		fmt.Println(err)
	}
	before, level, err := f.walk().Root()
	fmt.Println(before.Count, "documents under a root of level", level, err)

	f.set("person/500", 1)
	f.documents.delete("person/501")
	f.writes = 0
	done, err := f.tree().Rehash([]string{"person/500", "person/501"}, 10)
	fmt.Println(done, "keys rehashed with", f.writes, "records written", err)

	after, _, err := f.walk().Root()
	fmt.Println(after.Count, "documents, same root:", after == before, err)

	children, _, err := merkle.Walk{Nodes: nodes{f}, Documents: documents{f}}.Children(level, "", "", 2)
	for _, c := range children {
		fmt.Printf("child %q has %d documents\n", c.Boundary, c.Count)
	}
	fmt.Println(err)
	// Output:
	// 1000 documents under a root of level 2 <nil>
	// 2 keys rehashed with 3 records written <nil>
	// 999 documents, same root: false <nil>
	// child "" has 21 documents
	// child "person/021" has 225 documents
	// <nil>
}
