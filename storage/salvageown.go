package storage

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// signRemembered signs for as far as own incarnations have counted by the fingerprints of
// their last transactions, each of which was written in the commit of its transaction. They serve where the state of
// a collection, or the counter of an earlier incarnation, is lost. Such a head has no time, and
// of the fingerprint only what is remembered of it: as much as a head of an own
// incarnation is compared with.
func (a Signatures) signRemembered(r Reader, own incarnations, device ed25519.PrivateKey) error {
	id := (&replicaTable{}).of(r)
	for item, err := range r.Scan(wholeSpace(spaceFingerprint)) {
		if err != nil {
			return err
		}
		coll, rest, _ := bytes.Cut(item.Key[1:], []byte{0})
		if len(rest) != 6 {
			continue
		}
		replica, err := id(replicaNumber(binary.BigEndian.Uint32(rest)))
		if errors.Is(err, ErrDamaged) {
			continue
		}
		if err != nil {
			return err
		}
		nonce, is := own.nonceOf(replica)
		last := crdt.SignedHead{Nonce: nonce}
		whole := eachFingerprint(item.Key, item.Value, func(counter uint64, kept []byte) bool {
			if counter > last.Counter {
				last.Counter, last.Chain = counter, crdt.Fingerprint{}
				copy(last.Chain[:], kept)
			}
			return true
		})
		if is && whole && last.Counter > a[string(coll)][replica].Counter {
			a.add(string(coll), crdt.SignHead(device, string(coll), last))
		}
	}
	return nil
}
