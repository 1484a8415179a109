package antientropy_test

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// empty is a replica that holds nothing.
type empty struct{}

func (empty) Collections() []string                 { return nil }
func (empty) View(string) (antientropy.View, error) { return emptyView{}, nil }

type emptyView struct{ antientropy.View }

func (emptyView) Knowledge() crdt.Knowledge { return crdt.Knowledge{} }
func (emptyView) Close() error              { return nil }

// Two sessions are connected by handing the messages of each to the other.
func Example() {
	a := antientropy.NewSession(antientropy.Config{Name: "ann's laptop", Replica: empty{}, Initiator: true})
	b := antientropy.NewSession(antientropy.Config{Name: "bob's phone", Replica: empty{}})

	toB := a.Step(antientropy.Start{})
	b.Step(antientropy.Start{})
	for _, out := range toB {
		send := out.(antientropy.Send)
		for _, o := range b.Step(antientropy.Received{Message: send.Message}) {
			fmt.Printf("%T: %s\n", o, o.(antientropy.Introduced).Name)
		}
	}
	for _, out := range b.Step(antientropy.Stop{}) {
		if o, ok := out.(antientropy.Close); ok {
			fmt.Println("closed:", o.Reason)
		}
	}
	// Output:
	// antientropy.Introduced: ann's laptop
	// closed: stopped
}
