package p2p_test

import (
	"context"
	"fmt"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

// A node reacts to the events of its Network; here, one that echoes.
func Example() {
	hub := memory.New(1)
	secret := [p2p.SecretSize]byte{42}
	echo, _ := hub.Start(memory.Options{Self: "echo", Secret: secret})
	defer echo.Close()
	go func() {
		for e := range echo.Events() {
			if e.Kind == p2p.Up {
				go func() {
					for {
						m, err := e.Conn.Receive(context.Background())
						if err != nil {
							return // its Down follows
						}
						e.Conn.Send(context.Background(), m)
					}
				}()
			}
		}
	}()

	invite := p2p.Invite{Secret: secret, Addrs: echo.Addrs()}.String()

	joining, _ := p2p.ParseInvite(invite)
	member, _ := hub.Start(memory.Options{Self: "member", Secret: joining.Secret, Known: joining.Addrs})
	defer member.Close()
	for e := range member.Events() {
		if e.Kind == p2p.Up {
			e.Conn.Send(context.Background(), []byte("is anybody there?"))
			answer, _ := e.Conn.Receive(context.Background())
			fmt.Printf("%s: %s\n", e.Peer, answer)
			break
		}
	}
	for _, p := range member.Peers() {
		fmt.Println(p.ID, p.State)
	}

	stranger, _ := hub.Start(memory.Options{Self: "stranger", Known: echo.Addrs()})
	defer stranger.Close()
	for e := range stranger.Events() {
		if e.Kind == p2p.Refused {
			fmt.Println(e.Peer, e.Kind, "-", e.Reason)
			break
		}
	}
	// Output:
	// echo: is anybody there?
	// echo up
	// echo refused - wrong mesh secret
}

func ExampleParseInvite() {
	text := p2p.Invite{
		Secret: [p2p.SecretSize]byte{1, 2, 3},
		Addrs:  []string{"/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X"},
	}.String()
	fmt.Println(text[:20]+"…", len(text))

	invite, err := p2p.ParseInvite(text)
	fmt.Println(invite.Addrs[0], err)

	_, err = p2p.ParseInvite(text[:len(text)-4] + "oops")
	fmt.Println(err)
	// Output:
	// crdtstore1:glggAQIDA… 170
	// /ip4/192.0.2.7/tcp/4001/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X <nil>
	// not an invite: mistyped or incomplete (the checksum does not match)
}
