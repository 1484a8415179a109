package diff_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt/diff"
)

func ExampleCompare() {
	a, b := []rune("the quick fox"), []rune("a quick red fox")
	for _, h := range diff.Compare(a, b, diff.Work) {
		fmt.Printf("%d: %q is %q\n", h.At, string(a[h.At:h.At+h.Deleted]), string(b[h.From:h.From+h.Inserted]))
	}
	// Output:
	// 0: "the" is "a"
	// 9: "" is " red"
}
