package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// trio are the three nodes of the demo.
type trio [3]*node.Node

// openTrio opens ann, who founds the mesh, and bob and cat, who join it. They
// are real nodes: stores on disk, and libp2p over loopback.
func openTrio(ctx context.Context) (t *trio, err error) {
	dir, err := os.MkdirTemp("", "crdtd-demo-")
	if err != nil {
		return nil, err
	}
	t = &trio{}
	var join []string
	for i, name := range []string{"ann", "bob", "cat"} {
		t[i], err = node.Open(ctx, node.Options{
			Dir: filepath.Join(dir, name), Name: name, NoMDNS: true, Join: join,
			Listen: []string{"/ip4/127.0.0.1/tcp/0"},
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), os.RemoveAll(dir), t.close())
		}
		if join != nil {
			continue
		}
		invite, err := t[0].Invite(ctx)
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		join = []string{invite}
	}
	if err := t.meet(ctx); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// close closes the nodes and removes their stores.
func (t *trio) close() (err error) {
	dir := ""
	for _, n := range t {
		if n != nil {
			dir = filepath.Dir(n.Dir())
			err = errors.Join(err, n.Close())
		}
	}
	if dir != "" {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// meet waits until each knows both others.
func (t *trio) meet(ctx context.Context) error {
	for {
		known := 0
		for _, n := range t {
			for p, err := range n.Peers(ctx) {
				if err != nil {
					return err
				}
				if p.Behind != nil {
					known++
				}
			}
		}
		if known == len(t)*(len(t)-1) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the peers do not find one another: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// cut stops all exchange.
func (t *trio) cut(ctx context.Context) (err error) {
	for _, n := range t {
		err = errors.Join(err, n.Pause(ctx))
	}
	return err
}

// heal lets them exchange again, and says how long it took until all held the
// same.
func (t *trio) heal(ctx context.Context) (time.Duration, error) {
	started := time.Now()
	for _, n := range t {
		if err := n.Resume(ctx); err != nil {
			return 0, err
		}
	}
	if _, err := t.converge(ctx); err != nil {
		return 0, err
	}
	return time.Since(started), nil
}

// converge waits until all three hold the same.
func (t *trio) converge(ctx context.Context) (time.Duration, error) {
	started := time.Now()
	for range t { // what comes through one may have to go on to the next
		for _, n := range t {
			if err := n.WaitConverged(ctx, node.WaitOptions{}); err != nil {
				return 0, fmt.Errorf("%s: %w", n.Name(), err)
			}
		}
	}
	return time.Since(started), nil
}
