package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// bench is a node that is stopped, as images of its data directory, and a peer
// that has what both held when they met last. Since then the node has written alone.
type bench struct {
	dir    string
	images []string                     // stopped, and killed
	files  map[string]map[string][]file // of each image, by kind
	peer   string                       // directory of the peer, without its store
	mu     *sync.Mutex                  // guards disk
	disk   *store.Store                 // of the peer
	shared map[string]string            // what both had
	want   map[string]string            // what both are to have: with what was written alone
	alone  map[string]bool              // written alone
	last   string                       // of these, the last
	only   narrow
}

// narrow says what alone is damaged; "" is anything.
type narrow struct {
	kind, image string
	key         string // that the keys of damaged entries of a log begin with
}

const (
	patience = 2 * time.Minute // until the two have met and agree: a machine that does much else is slow, and that is no damage
	settle   = 5 * time.Millisecond
	// waiting is how long what the node alone had is waited for when all else is right.
	waiting = 2 * time.Second
)

func newBench(only narrow) (_ *bench, err error) {
	b := &bench{only: only, alone: map[string]bool{}, files: map[string]map[string][]file{}, mu: &sync.Mutex{}}
	if b.dir, err = os.MkdirTemp("", "rot-"); err != nil {
		return nil, err
	}
	if err := b.fill(); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bench) close() error { return os.RemoveAll(b.dir) }

// open opens a node called name on the hub; the events of it go to told. Without a
// disk its store is in the directory.
func (b *bench) open(hub *network.Hub, name, dir string, disk *store.Store, told *told) (*node.Node, error) {
	o := node.Options{Name: name, Dir: dir}
	if disk != nil {
		o.Store = disk
	}
	o.Network = func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		short := p2p.Backoff{Min: 20 * time.Millisecond, Max: 100 * time.Millisecond}
		return hub.Start(network.Options{Self: name, Secret: c.Secret, Dial: short, Refusal: short})
	}
	o.Events.Incident = told.incident
	o.Events.PeerRefused = told.refused
	return node.Open(context.Background(), o)
}

// fill makes the two nodes and the images.
func (b *bench) fill() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	hub := network.New(1)
	b.peer = filepath.Join(b.dir, "peer")
	disk := store.New()
	peer, err := b.open(hub, "peer", b.peer, disk, &told{})
	if err != nil {
		return err
	}
	home := filepath.Join(b.dir, "home")
	a, err := b.open(hub, "rotten", home, nil, &told{})
	if err != nil {
		return errors.Join(err, peer.Close())
	}
	if _, _, err := config.LoadToken(home); err != nil {
		return errors.Join(err, a.Close(), peer.Close())
	}
	err = b.share(ctx, a, peer)
	if err = errors.Join(err, peer.Close()); err != nil {
		return errors.Join(err, a.Close())
	}
	b.disk = disk
	if err := b.write(ctx, a); err != nil {
		return errors.Join(err, a.Close())
	}
	b.images = []string{filepath.Join(b.dir, "stopped"), filepath.Join(b.dir, "killed")}
	if err := copyDir(home, b.images[1]); err != nil {
		return errors.Join(err, a.Close())
	}
	if err := a.Close(); err != nil {
		return err
	}
	if err := copyDir(home, b.images[0]); err != nil {
		return err
	}
	for _, image := range b.images {
		if b.files[image], err = files(image); err != nil {
			return err
		}
	}
	return nil
}

// place is the bench with a directory of its own for runs; all may be used at the same time.
func (b *bench) place(number int) (*bench, error) {
	p := *b
	p.dir = filepath.Join(b.dir, fmt.Sprint("place", number))
	return &p, os.Mkdir(p.dir, 0o700)
}

// again is the disk of the peer as it was.
func (b *bench) again() *store.Store {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.disk.Kill()
}

// share writes into both nodes until both hold the same.
func (b *bench) share(ctx context.Context, a, peer *node.Node) error {
	invite, err := peer.Invite(ctx)
	if err == nil {
		err = a.Join(ctx, invite)
	}
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 2 {
		for _, n := range []*node.Node{a, peer} {
			if err := together(ctx, n, r, round); err != nil {
				return err
			}
		}
		if err := errors.Join(a.WaitConverged(ctx, node.WaitOptions{}), peer.WaitConverged(ctx, node.WaitOptions{})); err != nil {
			return err
		}
	}
	if _, err := a.Root(ctx, "small"); err != nil {
		return err
	}
	b.shared, err = contents(ctx, peer)
	return err
}

// together puts small and large documents, edits some and removes some.
func together(ctx context.Context, n *node.Node, r *rand.Rand, round int) error {
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

// write writes what only the node has: new documents, edits and removals, in a
// collection that the peer has and in one that it has never heard of.
func (b *bench) write(ctx context.Context, n *node.Node) (err error) {
	put := func(collection, key, body string) {
		_, e := n.Collection(collection).Put(ctx, key, []byte(body), node.PutOptions{})
		err, b.last = errors.Join(err, e), collection+"/"+key
	}
	edits := 0
	for _, address := range slices.Sorted(maps.Keys(b.shared)) {
		collection, key, _ := strings.Cut(address, "/")
		if collection != "small" {
			continue
		}
		switch edits++; {
		case edits%10 == 1:
			put(collection, key, `{"edited":true}`)
		case edits%25 == 2:
			_, e := n.Collection(collection).Delete(ctx, key, node.PutOptions{})
			err = errors.Join(err, e)
		}
	}
	for i := range 12 {
		put("small", fmt.Sprintf("alone-%03d", i), fmt.Sprintf(`{"alone":%d}`, i))
		put("mine", fmt.Sprintf("own-%03d", i), fmt.Sprintf(`{"own":%d}`, i))
	}
	if err != nil {
		return err
	}
	if b.want, err = contents(ctx, n); err != nil {
		return err
	}
	for address, text := range b.want {
		if b.shared[address] != text {
			b.alone[address] = true
		}
	}
	for address := range b.shared {
		if _, is := b.want[address]; !is {
			b.alone[address] = true
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
