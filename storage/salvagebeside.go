package storage

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// salvager reads the documents of a store of which something is lost.
type salvager struct {
	Reader
	own func(crdt.ReplicaID) bool // whether an incarnation of the store may be that
}

// newSalvager is one for r. Where nothing says which incarnations the store had, any replica may be one.
func newSalvager(r Reader) (salvager, error) {
	own, err := loadIncarnations(r)
	if err != nil {
		return salvager{r, func(crdt.ReplicaID) bool { return true }}, ignoreDamage(err)
	}
	return salvager{r, func(id crdt.ReplicaID) bool { return slices.Contains(own.replicas, id) }}, nil
}

// read reads one document.
func (r salvager) read(storageKey, value []byte) (Salvaged, error) {
	s, err := salvage(r.Reader, storageKey, value)
	s.Beside = slices.ContainsFunc(s.Document.Heads, func(d crdt.Dot) bool { return r.own(d.Replica) })
	return s, err
}
