package text_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// Two authors edit at the same time, then exchange what the other lacks.
func ExampleText() {
	var a, b text.Text
	_ = a.Insert("ann", 1, 0, "hello")
	_, _ = b.Merge(a.Delta(b.Frontier()))

	_ = a.Insert("ann", 6, 5, ", all")
	_ = b.Delete("bob", 1, 0, 1)
	_ = b.Insert("bob", 2, 0, "H")

	_, _ = a.Merge(b.Delta(a.Frontier()))
	_, _ = b.Merge(a.Delta(b.Frontier()))
	fmt.Println(a.String(), "|", b.String(), "|", a.Frontier())
	// Output: Hello, all | Hello, all | ann:10 bob:2
}

// The text was removed after ann's "hello", while bob went on typing: what is
// left is what bob's last event has among its ancestors.
func ExampleText_Closure() {
	var t text.Text
	_ = t.Insert("ann", 1, 0, "hello")
	bob, _ := t.Closure(t.Frontier())
	_ = bob.Insert("bob", 1, 5, "!")
	_ = t.Insert("ann", 6, 0, "well, ")
	_, _ = t.Merge(bob.Delta(t.Frontier()))

	left, _ := t.Closure(text.Version{{Agent: "bob", Seq: 1}})
	fmt.Println(t.String(), "|", left.String())
	// Output: well, hello! | hello!
}
