package node

import (
	"context"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// PutItem is one document of a PutAll.
type PutItem struct {
	Key     string
	JSON    []byte // with $-tags where wanted
	Options PutOptions
}

// PutResult is the outcome of one PutItem.
type PutResult struct {
	Written Written
	Err     error
}

// A PutAll is committed in transactions of at most so much.
const (
	putAllItems = 256
	putAllBytes = 128 << 10
)

// PutAll puts many documents, each on its own: one that fails does not keep
// the others from being written. results[i] belongs to items[i]. It is for
// imports: items share transactions and syncs. The error is for what stopped
// all: a closed node, a failed store, the end of ctx.
func (c *Collection) PutAll(ctx context.Context, items []PutItem) (results []PutResult, err error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	results = make([]PutResult, len(items))
	var parts []*part
	for i := 0; i < len(items); {
		p := c.part(items, results, i)
		i = p.end
		if len(p.index) == 0 {
			continue
		}
		if p.wait, err = c.node.submit(ctx, p.size, &p.transaction); err != nil {
			break
		}
		parts = append(parts, p)
	}
	for _, p := range parts { // also those before a failure: they may be written
		if e := p.wait(); e != nil {
			for _, i := range p.index {
				results[i].Err = e
			}
			if fatal := c.node.fatal(ctx, e); fatal != nil && err == nil {
				err = fatal
			}
			continue
		}
		if slices.ContainsFunc(p.failed, func(err error) bool { return errors.Is(err, storage.ErrDamaged) }) {
			c.node.startOver(ctx, &p.transaction, map[string]bool{})
		}
		for j, i := range p.index {
			results[i] = PutResult{p.mutations[j].written, p.failed[j]}
			if errors.Is(p.failed[j], storage.ErrDamaged) { // by itself it may be begun anew
				m := *p.mutations[j]
				m.options.Acks = 0 // waited for below
				results[i].Err = c.node.commit(ctx, len(items[i].JSON), &transaction{collection: c.name, mutations: []*mutation{&m}})
				results[i].Written = m.written
			}
		}
	}
	for i, it := range items { // all were on their way before the first is waited for
		if r := &results[i]; it.Options.Acks > 0 && r.Err == nil && r.Written.collection != "" {
			_, r.Err = c.node.Acked(ctx, r.Written, it.Options.Acks)
		}
	}
	return results, err
}

// part is one transaction of a PutAll.
type part struct {
	transaction
	index []int // of each mutation in items
	size  int
	end   int // first item that is not in it
	wait  func() error
}

// part gathers items from first on; those that do not even parse get their
// error at once.
func (c *Collection) part(items []PutItem, results []PutResult, first int) *part {
	p := &part{transaction: transaction{collection: c.name, each: true}, end: first}
	for p.end < len(items) && len(p.index) < putAllItems {
		it := items[p.end]
		if len(p.index) > 0 && p.size+len(it.JSON) > putAllBytes {
			break
		}
		m, err := c.item(it)
		if err != nil {
			results[p.end].Err = err
		} else {
			p.mutations = append(p.mutations, m)
			p.index = append(p.index, p.end)
			p.size += len(it.Key) + len(it.JSON)
		}
		p.end++
	}
	return p
}

func (c *Collection) item(it PutItem) (*mutation, error) {
	if err := checkAcks(it.Options.Acks); err != nil {
		return nil, err
	}
	if it.Options.Acks > 0 && c.node.mesh == nil {
		return nil, ErrNoNetwork
	}
	if err := crdt.CheckKey(it.Key); err != nil {
		return nil, err
	}
	if s := c.node.scope.Load(); !s.has(c.name, it.Key) {
		return nil, s.outOfScope(c.name + "/" + it.Key)
	}
	p, err := crdt.ParseJSON(it.JSON)
	if err != nil {
		return nil, err
	}
	return &mutation{key: it.Key, options: it.Options, put: p}, nil
}
