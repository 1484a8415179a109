package node

import (
	"crypto/ed25519"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	libp2p "github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// Origin is who wrote something: a replica, and the node that it is an
// incarnation of, which the signed heads of the collection tell (Law J).
type Origin struct {
	Replica crdt.ReplicaID
	Peer    string // PeerID text of the node; "" when the replica's head is not held here
	Name    string // what the node calls itself; "" when this one has never met it
}

// String is the name of the node, else the short form of the replica.
func (o Origin) String() string {
	if o.Name != "" {
		return o.Name
	}
	return o.Replica.String()
}

// origins finds out whose the replicas of a collection are, each once.
type origins struct {
	node  *Node
	view  *storage.View
	known map[crdt.ReplicaID]Origin
}

func (n *Node) origins(v *storage.View) *origins {
	return &origins{n, v, map[crdt.ReplicaID]Origin{}}
}

// of is who writes as r.
func (s *origins) of(r crdt.ReplicaID) (Origin, error) {
	if o, ok := s.known[r]; ok {
		return o, nil
	}
	o := Origin{Replica: r}
	head, ok, err := s.view.SignedHead(r)
	if err != nil {
		return o, err
	}
	if ok {
		if o.Peer, err = peerID(head.Device); err != nil {
			return o, err
		}
		if o.Name = s.node.name; !head.Device.Equal(s.node.device) {
			o.Name = s.node.peerName(o.Peer)
		}
	}
	s.known[r] = o
	return o, nil
}

// peerName is what a peer called itself, "" if it never did.
func (n *Node) peerName(id string) string {
	if n.mesh == nil {
		return ""
	}
	n.mesh.mu.Lock()
	p := n.mesh.peers[id]
	n.mesh.mu.Unlock()
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.name
}

// peerID is the PeerID of the node that has a device key.
func peerID(device ed25519.PublicKey) (string, error) {
	key, err := crypto.UnmarshalEd25519PublicKey(device)
	if err != nil {
		return "", fmt.Errorf("device key: %w", err)
	}
	id, err := libp2p.IDFromPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("device key: %w", err)
	}
	return id.String(), nil
}
