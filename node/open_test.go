package node_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
)

func TestOpenReportsEveryBadField(t *testing.T) {
	_, err := node.Open(t.Context(), node.Options{
		Durability: "sometimes", Profile: "huge", Name: strings.Repeat("n", 65), Join: []string{"hello"}, Device: []byte{1},
	})
	if err == nil {
		t.Fatal("opened")
	}
	for _, field := range []string{"Durability: ", "Profile: ", "Name: ", "Join: ", "Device: "} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%q is not in: %v", field, err)
		}
	}
	var o *node.OptionError
	if !errors.As(err, &o) || o.Field != "Durability" || !errors.Is(err, node.ErrInvite) {
		t.Errorf("%#v", err)
	}
}

func TestOpenWithoutTheNetworkItNeeds(t *testing.T) {
	boom, dir := errors.New("boom"), t.TempDir()
	_, err := node.Open(t.Context(), node.Options{Dir: dir, Network: func(context.Context, node.NetworkConfig) (p2p.Network, error) {
		return nil, boom
	}})
	if !errors.Is(err, boom) {
		t.Errorf("open: %v", err)
	}
	if _, err := node.Open(t.Context(), node.Options{Dir: dir, Listen: []string{"everywhere"}}); err == nil {
		t.Error("listens everywhere")
	}
	alone(t, node.Options{Dir: dir}) // nothing is left open
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	alone(t, node.Options{Dir: dir})
	_, err := node.Open(t.Context(), node.Options{Dir: dir})
	if !errors.Is(err, node.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second open: %v", err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	n, err := node.Open(t.Context(), node.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	put(t, n, "c/k", `{"a":1}`)
	root, err := n.Root(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	replica := n.Replica()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = alone(t, node.Options{Dir: dir})
	want(t, n, "c/k", `{"a":1}`)
	if again, err := n.Root(t.Context(), "c"); err != nil || again != root || n.Replica() != replica {
		t.Errorf("root %v, was %v: %v; replica %v, was %v", again, root, err, n.Replica(), replica)
	}
	if n.PeerID() != "" || n.Addrs() != nil {
		t.Error("a node without a network has an address")
	}
	if _, err := n.Invite(t.Context()); !errors.Is(err, node.ErrNoNetwork) {
		t.Errorf("invite: %v", err)
	}
	if err := n.WaitConverged(t.Context(), node.WaitOptions{}); err != nil {
		t.Errorf("alone is in sync: %v", err)
	}
	s, err := n.Status(t.Context())
	if err != nil || len(s.Collections) != 1 || s.Collections[0].Documents != 1 || s.Collections[0].Root == nil || s.Bytes == 0 || s.Failed != "" {
		t.Errorf("status: %+v, %v", s, err)
	}
}

// TestDirectoryThatCannotBe: the error says that it is the data directory.
func TestDirectoryThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Open(t.Context(), node.Options{Dir: file}); err == nil || !strings.Contains(err.Error(), "data directory: ") {
		t.Errorf("error %v", err)
	}
}
