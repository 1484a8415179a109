package memory_test

import (
	"context"
	"fmt"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

func Example() {
	hub := memory.New(1)
	ann, _ := hub.Start(memory.Options{Self: "ann"})
	ben, _ := hub.Start(memory.Options{Self: "ben", Known: ann.Addrs()})
	defer ann.Close()
	defer ben.Close()

	ctx := context.Background()
	for e := range ann.Events() {
		if e.Kind == p2p.Up {
			e.Conn.Send(ctx, []byte("hello, "+e.Peer))
			break
		}
	}
	for e := range ben.Events() {
		if e.Kind == p2p.Up {
			message, _ := e.Conn.Receive(ctx)
			fmt.Printf("%s: %s\n", e.Peer, message)
			break
		}
	}
	hub.Partition([]string{"ann"})
	for e := range ben.Events() {
		if e.Kind == p2p.Down {
			fmt.Println(e.Peer, "is down:", e.Reason)
			break
		}
	}
	// Output:
	// ann: hello, ben
	// ann is down: connection lost
}
