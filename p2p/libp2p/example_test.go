package libp2p_test

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/libp2p"
)

func Example() {
	secret := [p2p.SecretSize]byte{42} // of the mesh; random in earnest
	start := func(seed byte, known ...string) *libp2p.Network {
		n, err := libp2p.Start(libp2p.Options{
			Key:    ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed)),
			Secret: secret,
			Known:  known,
			Listen: []string{"/ip4/127.0.0.1/tcp/0"},
			NoMDNS: true,
		})
		if err != nil {
			panic(err)
		}
		return n
	}
	a := start(1)
	defer a.Close()
	b := start(2, a.Addrs()...)
	defer b.Close()

	go func() {
		for e := range a.Events() {
			if e.Kind == p2p.Up {
				e.Conn.Send(context.Background(), []byte("welcome"))
				e.Conn.Receive(context.Background()) // until it ends
			}
		}
	}()
	for e := range b.Events() {
		if e.Kind == p2p.Up {
			message, err := e.Conn.Receive(context.Background())
			fmt.Println(e.Peer == a.Self(), string(message), err)
			break
		}
	}
	// Output: true welcome <nil>
}
