package antientropy

import (
	"crypto/ed25519"
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// maxNames bounds the replicas that one direction of a session remembers;
// later ones are spelled out each time.
const maxNames = 1 << 16

// names is what one direction of a session has already spelled out: replicas
// get small numbers, and the device behind a replica is shown once. Sender
// and receiver build the same table from the same messages.
type names struct {
	list    []crdt.ReplicaID
	index   map[crdt.ReplicaID]int
	devices map[crdt.ReplicaID]device
	entries int // of vectors, written or read
}

type device struct {
	key   ed25519.PublicKey
	nonce [16]byte
}

func (n *names) learn(r crdt.ReplicaID) {
	if _, ok := n.index[r]; ok || len(n.list) >= maxNames {
		return
	}
	if n.index == nil {
		n.index = map[crdt.ReplicaID]int{}
	}
	n.index[r] = len(n.list)
	n.list = append(n.list, r)
}

// append writes a replica: its number plus one, or zero and its 16 bytes.
func (n *names) append(b []byte, r crdt.ReplicaID) []byte {
	if i, ok := n.index[r]; ok {
		return binary.AppendUvarint(b, uint64(i)+1)
	}
	n.learn(r)
	return append(append(b, 0), r[:]...)
}

func (n *names) cut(b []byte) (r crdt.ReplicaID, rest []byte, err error) {
	i, b, err := cutUvarint(b)
	switch {
	case err != nil:
		return r, nil, err
	case i > uint64(len(n.list)):
		return r, nil, bad("replica number %d of %d", i, len(n.list))
	case i > 0:
		return n.list[i-1], b, nil
	case len(b) < len(r):
		return r, nil, bad("replica cut off")
	}
	b = b[copy(r[:], b):]
	n.learn(r)
	return r, b, nil
}

func (n *names) appendDot(b []byte, d crdt.Dot) []byte {
	return binary.AppendUvarint(n.append(b, d.Replica), d.Counter)
}

func (n *names) cutDot(b []byte) (d crdt.Dot, rest []byte, err error) {
	if d.Replica, b, err = n.cut(b); err != nil {
		return d, nil, err
	}
	d.Counter, b, err = cutUvarint(b)
	return d, b, err
}

// appendHead writes a signed head: replica, whether its device follows, the
// device the first time, then what changes: counter, time, chain, signature.
func (n *names) appendHead(b []byte, h crdt.SignedHead) []byte {
	r := h.Replica()
	b = n.append(b, r)
	if _, ok := n.devices[r]; ok {
		b = append(b, 0)
	} else {
		b = append(append(append(b, 1), h.Device...), h.Nonce[:]...)
		n.show(r, h)
	}
	b = binary.AppendUvarint(b, h.Counter)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time))
	b = append(b, h.Chain[:]...)
	return append(b, h.Signature...)
}

func (n *names) show(r crdt.ReplicaID, h crdt.SignedHead) {
	if n.devices == nil {
		n.devices = map[crdt.ReplicaID]device{}
	}
	if len(n.devices) < maxNames {
		n.devices[r] = device{h.Device, h.Nonce}
	}
}

func (n *names) cutHead(b []byte) (h crdt.SignedHead, rest []byte, err error) {
	r, b, err := n.cut(b)
	if err != nil {
		return h, nil, err
	}
	if len(b) == 0 {
		return h, nil, bad("signed head cut off")
	}
	flag := b[0]
	b = b[1:]
	switch d, known := n.devices[r]; {
	case flag == 0 && known:
		h.Device, h.Nonce = d.key, d.nonce
	case flag == 1 && len(b) >= ed25519.PublicKeySize+len(h.Nonce):
		h.Device = append(ed25519.PublicKey(nil), b[:ed25519.PublicKeySize]...)
		b = b[ed25519.PublicKeySize:]
		b = b[copy(h.Nonce[:], b):]
		if h.Replica() != r {
			return h, nil, ends(ReasonUnsignedHead, "a device that is not the one of replica %s", r)
		}
		n.show(r, h)
	default:
		return h, nil, bad("signed head of %s without its device", r)
	}
	if h.Counter, b, err = cutUvarint(b); err != nil {
		return h, nil, err
	}
	if len(b) < 8+len(h.Chain)+ed25519.SignatureSize {
		return h, nil, bad("signed head cut off")
	}
	h.Time = crdt.Timestamp(binary.BigEndian.Uint64(b))
	b = b[8:]
	b = b[copy(h.Chain[:], b):]
	h.Signature = append([]byte(nil), b[:ed25519.SignatureSize]...)
	return h, b[ed25519.SignatureSize:], nil
}

func cutUvarint(b []byte) (uint64, []byte, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 {
		return 0, nil, bad("bad number")
	}
	return n, b[w:], nil
}

// cutBytes reads a length and as many bytes; they alias b.
func cutBytes(b []byte, most int) (part, rest []byte, err error) {
	n, b, err := cutUvarint(b)
	switch {
	case err != nil:
		return nil, nil, err
	case n > uint64(most):
		return nil, nil, ends(ReasonOversized, "%d bytes where at most %d are allowed", n, most)
	case n > uint64(len(b)):
		return nil, nil, bad("%d bytes announced, %d there", n, len(b))
	}
	return b[:n:n], b[n:], nil
}
