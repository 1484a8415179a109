package node_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

func TestMain(m *testing.M) {
	if err := warm(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// warm exchanges compressed frames, and a bundle, once. The codecs are shared by all tests
// and make channels when they are first used: this must not happen in the
// bubble of one test.
func warm() error {
	hub, ctx := network.New(1), context.Background()
	open := func(name string) (*node.Node, error) {
		return node.Open(ctx, node.Options{Name: name, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
			return hub.Start(network.Options{Self: name, Secret: c.Secret})
		}})
	}
	a, err := open("a")
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := open("b")
	if err != nil {
		return err
	}
	defer b.Close()
	body := []byte(`"` + strings.Repeat("much the same ", 100) + `"`)
	for i := range 100 {
		if _, err := a.Collection("c").Put(ctx, fmt.Sprint(i), body, node.PutOptions{}); err != nil {
			return err
		}
	}
	invite, err := a.Invite(ctx)
	if err != nil {
		return err
	}
	if err := b.Join(ctx, invite); err != nil {
		return err
	}
	if err := b.WaitConverged(ctx, node.WaitOptions{}); err != nil {
		return err
	}
	var bundle bytes.Buffer
	if _, err := a.ExportBundle(ctx, &bundle, node.ArchiveOptions{}); err != nil {
		return err
	}
	_, err = b.ImportBundle(ctx, bytes.NewReader(bundle.Bytes()))
	return err
}
