package storage

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// lastWrites says of each own incarnation which is the last transaction, of those behind a damage, that it has surely
// written: that with a fingerprint of it, which nothing else than a write of the incarnation stores (Law F).
type lastWrites map[crdt.ReplicaID]int

// lastWritesOf reads them. What is damaged says nothing.
func lastWritesOf(r Reader, txs []Transaction) (lastWrites, error) {
	all, id := lastWrites{}, (&replicaTable{}).of(Later(r, txs))
	for i, tx := range txs {
		for key, value := range tx {
			if key[0] != spaceFingerprint || value == nil {
				continue
			}
			_, rest, _ := bytes.Cut([]byte(key[1:]), []byte{0})
			if _, ok := unseal([]byte(key), value); !ok || len(rest) != 6 {
				continue
			}
			replica, err := id(replicaNumber(binary.BigEndian.Uint32(rest)))
			if errors.Is(err, ErrDamaged) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all[replica] = i
		}
	}
	return all, nil
}

// still reports whether what was known when s was written was known still in transaction n, whatever is missing in
// between. Who gives up a document of a collection in which the incarnation in use has written takes another in the same commit, and
// never returns to it (see ForfeitSome, Leave): so one that had written into the collection by then, and that writes in n or
// behind it, has given up nothing.
func (w lastWrites) still(s *state, n int) bool {
	last, is := w[s.own.replica]
	return is && s.own.counter > 0 && last >= n
}
