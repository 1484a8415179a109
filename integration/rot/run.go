package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// result is what became of one run.
type result struct {
	damage
	image     string
	outcome   string // "refused", "detected", "harmless" or "violation"
	told      string // the first that was told
	violation string
}

func (r result) String() string {
	return fmt.Sprintf("%s, %s: %s %s", filepath.Base(r.image), r.damage, r.outcome, r.told)
}

// told is what a node has said.
type told struct {
	mu        sync.Mutex
	incidents []string
	outside   bool // somebody was refused
}

// expected is what is said because the directory is a copy.
func expected(e node.IncidentEvent) bool {
	return e.Kind == node.Clone && strings.Contains(e.Detail, "is a copy")
}

func (t *told) incident(e node.IncidentEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !expected(e) {
		t.incidents = append(t.incidents, e.Kind+": "+e.Detail)
	}
}

func (t *told) refused(node.PeerEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outside = true
}

func (t *told) first() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.incidents) > 0:
		return t.incidents[0]
	case t.outside:
		return "a peer was refused"
	}
	return ""
}

// run damages one copy and looks what becomes of it.
func (b *bench) run(seed int64) (res result, err error) {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	res.image = b.images[r.IntN(2)]
	dir := filepath.Join(b.dir, "run")
	if err := errors.Join(os.RemoveAll(dir), copyDir(res.image, dir)); err != nil {
		return res, err
	}
	all, err := files(dir)
	if err != nil {
		return res, err
	}
	res.damage = choose(r, all)
	if err := res.apply(dir); err != nil {
		return res, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b.hub.Partition([]string{"peer"}, []string{"rotten"})
	said := &told{}
	n, err := b.open("rotten", dir, said)
	if err != nil {
		res.outcome, res.told = "refused", err.Error()
		return res, nil
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	b.judge(ctx, n, said, &res)
	return res, nil
}

// judge reads alone, then lets the two meet, and reads both.
func (b *bench) judge(ctx context.Context, n *node.Node, said *told, res *result) {
	if wrong := b.readAlone(ctx, n); wrong != "" && said.first() == "" {
		res.fail("read in silence: " + wrong)
		return
	}
	b.hub.Heal()
	wrong := b.meet(ctx, n, res.kind == "secret" || res.kind == "mesh.secret")
	if lost := b.compare(context.Background(), b.peer); lost != "" {
		res.fail("at the peer: " + lost)
		return
	}
	res.told = said.first()
	if wrong != "" {
		res.fail("after they met: " + wrong + " " + res.told)
		return
	}
	res.outcome = "harmless"
	if res.told != "" {
		res.outcome = "detected"
	}
}

func (r *result) fail(what string) { r.outcome, r.violation = "violation", what }

// readAlone reads every document by its key; errors are no violation.
func (b *bench) readAlone(ctx context.Context, n *node.Node) string {
	for address, want := range b.want {
		collection, key, _ := strings.Cut(address, "/")
		d, err := n.Collection(collection).Get(ctx, key)
		switch {
		case errors.Is(err, node.ErrNotFound):
			return address + " is not found"
		case err == nil && string(d.JSON()) != want:
			return fmt.Sprintf("%s is %.100s", address, d.JSON())
		}
	}
	all, err := contents(ctx, n)
	for address, got := range all {
		if b.want[address] != got {
			return fmt.Sprintf("listed: %s is %.100s", address, got)
		}
	}
	if err == nil && len(all) != len(b.want) {
		return fmt.Sprintf("%d documents are listed of %d", len(all), len(b.want))
	}
	return ""
}

// meet waits until the node has the right content and the root of the peer. A node
// with another secret never will.
func (b *bench) meet(ctx context.Context, n *node.Node, stranger bool) (wrong string) {
	for {
		if wrong = b.compare(ctx, n); wrong == "" {
			wrong = b.roots(ctx, n)
		}
		if wrong == "" || stranger {
			return ""
		}
		select {
		case <-ctx.Done():
			return wrong
		case <-time.After(settle):
		}
	}
}

// compare looks whether a node has the right content.
func (b *bench) compare(ctx context.Context, n *node.Node) string {
	all, err := contents(ctx, n)
	if err != nil {
		return err.Error()
	}
	for address, want := range b.want {
		if got := all[address]; got != want {
			return fmt.Sprintf("%s is %.100q", address, got)
		}
	}
	if len(all) != len(b.want) {
		return fmt.Sprintf("%d documents instead of %d", len(all), len(b.want))
	}
	return ""
}

func (b *bench) roots(ctx context.Context, n *node.Node) string {
	for _, c := range []string{"small", "large"} {
		here, err1 := n.Root(ctx, c)
		there, err2 := b.peer.Root(ctx, c)
		if err := errors.Join(err1, err2); err != nil {
			return err.Error()
		}
		if here != there {
			return "the roots of " + c + " differ"
		}
	}
	return ""
}
