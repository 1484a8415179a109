package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/libp2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

// patience bounds every wait for convergence.
const patience = 10 * time.Minute

// transport starts the network of a station.
type transport func(c node.NetworkConfig) (p2p.Network, error)

// loopback is the real network, on this machine.
func loopback(c node.NetworkConfig) (p2p.Network, error) {
	o := libp2p.Options{Key: c.Device, Listen: c.Listen, NoMDNS: true}
	o.Secret = c.Secret
	return libp2p.Start(o)
}

// simulated is a network with the hub's latency.
func simulated(hub *memory.Hub) transport {
	return func(c node.NetworkConfig) (p2p.Network, error) {
		o := memory.Options{Self: hex.EncodeToString(c.Device.Public().(ed25519.PublicKey))}
		o.Secret = c.Secret
		return hub.Start(o)
	}
}

// station is a node of this process with a meter on its connections.
type station struct {
	*node.Node
	meter *meter
	dir   string
}

// stationOptions say how a station is opened.
type stationOptions struct {
	dir        string // "" is in memory
	name       string
	durability node.Durability
	transport  transport
	join       *station
}

func (b *bench) station(ctx context.Context, o stationOptions) (*station, error) {
	s := &station{meter: &meter{}, dir: o.dir}
	no := node.Options{
		Dir: o.dir, Name: o.name, Durability: o.durability, NoMDNS: true, Listen: []string{"/ip4/127.0.0.1/tcp/0"},
		Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
			n, err := o.transport(c)
			if err != nil {
				return nil, err
			}
			return s.meter.measure(n), nil
		},
		Events: node.Events{
			Converged: func(node.ConvergedEvent) { s.meter.equal.Store(time.Now().UnixNano()) },
			Commit: func(e node.CommitEvent) {
				if e.Merges > 0 {
					s.meter.merged.Store(time.Now().UnixNano())
				}
			},
		},
	}
	if o.join != nil {
		invite, err := o.join.Invite(ctx)
		if err != nil {
			return nil, err
		}
		no.Join = []string{invite}
	}
	var err error
	s.Node, err = node.Open(ctx, no)
	return s, err
}

// pair opens two stations that are members of one mesh, each in a directory of
// its own.
func (b *bench) pair(ctx context.Context, t transport, d node.Durability) (_, _ *station, err error) {
	var s [2]*station
	for i := range s {
		o := stationOptions{name: fmt.Sprint(i), durability: d, transport: t}
		if o.dir, err = b.newDir(); err != nil {
			return nil, nil, err
		}
		if i > 0 {
			o.join = s[0]
		}
		if s[i], err = b.station(ctx, o); err != nil {
			return nil, nil, err
		}
	}
	return s[0], s[1], nil
}

// reopen closes a station and opens it again on its directory; meanwhile
// runs in between.
func (b *bench) reopen(ctx context.Context, s *station, t transport, meanwhile func() error) (*station, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	if meanwhile != nil {
		if err := meanwhile(); err != nil {
			return nil, err
		}
	}
	return b.station(ctx, stationOptions{dir: s.dir, name: s.Name(), transport: t})
}

// converge waits until s knows every peer, and holds what they hold, proven by
// roots.
func converge(ctx context.Context, s *station, peers ...*station) error {
	var ids []string
	for _, p := range peers {
		ids = append(ids, p.PeerID())
	}
	return convergeWith(ctx, s, ids)
}

// convergeWith is converge with peers that may be other processes.
func convergeWith(ctx context.Context, s *station, peers []string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o := node.WaitOptions{Peers: peers}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		err := s.WaitConverged(ctx, o)
		if !errors.Is(err, node.ErrUnknownPeer) || ctx.Err() != nil {
			return err
		}
		<-tick.C // the peer has not said hello yet
	}
}

// discard closes a station and removes what it wrote.
func discard(s *station) {
	s.Close()
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
