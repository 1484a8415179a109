package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
	"github.com/crdtstore/crdtstore/p2p/p2ptest"
)

func TestContract(t *testing.T) {
	hub := memory.New(1)
	p2ptest.Run(t, p2ptest.Harness{
		Patience: patience.Of,
		Start: func(t testing.TB, identity int, secret [p2p.SecretSize]byte, _ time.Duration, known ...string) p2p.Network {
			n, err := hub.Start(memory.Options{
				Self: fmt.Sprintf("peer%d", identity), Secret: secret, Known: known,
				Dial: p2ptest.Dial, Refusal: p2ptest.Refusal,
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		},
		Partition: func(t testing.TB, a, b p2p.Network) func() {
			hub.Partition([]string{a.Self()}, []string{b.Self()})
			return hub.Heal
		},
	})
}
