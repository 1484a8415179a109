package view_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/crdtstore/crdtstore/p2p/view"
)

// A View is told what happens, and says what to do.
func Example() {
	now := time.Unix(0, 0)
	v := view.New(view.Options{Self: "ann", Rand: rand.New(rand.NewPCG(1, 2))})
	tell := func(in view.Input) {
		for _, out := range v.Step(now, in) {
			switch out := out.(type) {
			case view.Connect:
				fmt.Println("connect to", out.Peer, "at", out.Addrs)
			case view.Send:
				fmt.Println("send to", out.Peer)
			case view.Begin:
				fmt.Println("begin with", out.Peer)
			}
		}
	}
	tell(view.Known{Peers: []view.Entry{{Peer: "bob", Addrs: []string{"somewhere"}}}})
	tell(view.Up{Peer: "bob"})
	tell(view.Received{Peer: "bob", Message: view.Request()})
	fmt.Println(v.Neighbours())
	// Output:
	// connect to bob at [somewhere]
	// send to bob
	// send to bob
	// begin with bob
	// [bob]
}
