package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// bench is a node that is stopped, as images of its data directory, and the peer
// that has the same data and goes on.
type bench struct {
	dir    string
	hub    *network.Hub
	peer   *node.Node
	images []string // stopped, and killed
	want   map[string]string
}

const (
	patience = 20 * time.Second // until the two have met and agree
	settle   = 5 * time.Millisecond
)

func newBench() (_ *bench, err error) {
	b := &bench{hub: network.New(1)}
	if b.dir, err = os.MkdirTemp("", "rot-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = b.close(err)
		}
	}()
	return b, b.again()
}

func (b *bench) close(err error) error {
	if b.peer != nil {
		err = errors.Join(err, b.peer.Close())
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// open opens a node called name on the hub; the events of it go to told.
func (b *bench) open(name, dir string, told *told) (*node.Node, error) {
	o := node.Options{Name: name, Dir: dir}
	o.Network = func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		short := p2p.Backoff{Min: 20 * time.Millisecond, Max: 100 * time.Millisecond}
		return b.hub.Start(network.Options{Self: name, Secret: c.Secret, Dial: short, Refusal: short})
	}
	o.Events.Incident = told.incident
	o.Events.PeerRefused = told.refused
	return node.Open(context.Background(), o)
}

// again makes the two nodes and the images anew.
func (b *bench) again() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if b.peer != nil {
		if err := b.peer.Close(); err != nil {
			return err
		}
	}
	b.hub = network.New(1)
	if b.peer, err = b.open("peer", "", &told{}); err != nil {
		return err
	}
	home := filepath.Join(b.dir, "home")
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	a, err := b.open("rotten", home, &told{})
	if err != nil {
		return err
	}
	b.images = []string{filepath.Join(b.dir, "stopped"), filepath.Join(b.dir, "killed")}
	if err = b.fill(ctx, a, home); err != nil {
		return errors.Join(err, a.Close())
	}
	if err = b.image(b.images[1], home); err != nil {
		return errors.Join(err, a.Close())
	}
	if err = a.Close(); err != nil {
		return err
	}
	return b.image(b.images[0], home)
}

func (b *bench) image(to, from string) error {
	return errors.Join(os.RemoveAll(to), copyDir(from, to))
}

// fill writes into both nodes, stops the first in between so that it has tables
// and logs, and waits until both hold the same.
func (b *bench) fill(ctx context.Context, a *node.Node, home string) error {
	invite, err := b.peer.Invite(ctx)
	if err == nil {
		err = a.Join(ctx, invite)
	}
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 2 {
		for _, n := range []*node.Node{a, b.peer} {
			if err := write(ctx, n, r, round); err != nil {
				return err
			}
		}
		if err := errors.Join(a.WaitConverged(ctx, node.WaitOptions{}), b.peer.WaitConverged(ctx, node.WaitOptions{})); err != nil {
			return err
		}
	}
	if _, err := a.Root(ctx, "small"); err != nil {
		return err
	}
	b.want, err = contents(ctx, b.peer)
	return err
}

// write puts small and large documents, edits some and removes some.
func write(ctx context.Context, n *node.Node, r *rand.Rand, round int) error {
	small := n.Collection("small")
	for i := range 60 {
		body := fmt.Appendf(nil, `{"n":%d,"by":%q,"tags":{"$set":["a","b"]},"count":{"$counter":%d}}`, r.IntN(1000), n.Name(), i)
		if _, err := small.Put(ctx, fmt.Sprintf("doc-%03d", r.IntN(120)), body, node.PutOptions{}); err != nil {
			return err
		}
	}
	for range 5 {
		if _, err := small.Delete(ctx, fmt.Sprintf("doc-%03d", r.IntN(120)), node.PutOptions{}); err != nil && !errors.Is(err, node.ErrNotFound) {
			return err
		}
	}
	large := n.Collection("large")
	for i := range 3 {
		body := fmt.Appendf(nil, `{"round":%d,"text":{"$text":%q}}`, round, strings.Repeat(fmt.Sprintf("line %d. ", r.IntN(1000)), 2500))
		if _, err := large.Put(ctx, fmt.Sprintf("%s-%d", n.Name(), i), body, node.PutOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// contents are all documents of a node, as JSON.
func contents(ctx context.Context, n *node.Node) (map[string]string, error) {
	all := map[string]string{}
	collections, err := n.Collections(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range collections {
		for d, err := range n.Collection(c.Name).All(ctx, node.ListOptions{}) {
			if err != nil {
				return all, fmt.Errorf("%s: %w", c.Name, err)
			}
			all[c.Name+"/"+d.Key()] = string(d.JSON())
		}
	}
	return all, nil
}
