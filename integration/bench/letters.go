package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// letter is what one peer sends another of a document: its bytes, reduced to
// the events that the other lacks where that is less, and what it has seen.
type letter struct {
	bytes   []byte
	context crdt.VersionVector
}

// author is one of those who type in a concurrent trace.
type author struct {
	id  crdt.ReplicaID
	now crdt.State
	has map[int]bool // transactions
}

// letters are the transactions of a concurrent trace as letters, after the
// first one, which is the document with an empty text. Each author has taken
// in what a transaction follows on before making it.
func (t *trace) letters() ([]letter, error) {
	w := crdt.NewWriter(crdt.ReplicaID{255}, 1, 1)
	d, err := emptyText(w)
	if err != nil {
		return nil, err
	}
	first := letter{d.Canonical(), crdt.Counters{w.Replica: w.Next - 1}.Vector()}
	authors := make([]*author, t.NumAgents)
	for i := range authors {
		a := &author{id: crdt.ReplicaID{byte(i + 1)}, has: map[int]bool{}}
		if err := a.read(first); err != nil {
			return nil, err
		}
		authors[i] = a
	}
	all := make([]letter, len(t.Txns)+1)
	all[0] = first
	for i := range t.Txns {
		a := authors[t.Txns[i].Agent]
		for _, p := range t.missing(t.Txns[i].Parents, a.has) {
			if err := a.read(all[p+1]); err != nil {
				return nil, fmt.Errorf("transaction %d, which %d follows on: %w", p, i, err)
			}
		}
		if all[i+1], err = a.write(&t.Txns[i]); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
		a.has[i] = true
	}
	return all, nil
}

// runs is the same history in fewer transactions: what an author did in one go,
// while nobody else followed on it, is one.
func (t *trace) runs() *trace {
	followers := make([]int, len(t.Txns))
	for _, x := range t.Txns {
		for _, p := range x.Parents {
			followers[p]++
		}
	}
	out := &trace{EndContent: t.EndContent, NumAgents: t.NumAgents}
	in := make([]int, len(t.Txns)) // the run of each transaction
	for i, x := range t.Txns {
		if len(x.Parents) == 1 {
			if p := x.Parents[0]; followers[p] == 1 && t.Txns[p].Agent == x.Agent {
				in[i] = in[p]
				run := &out.Txns[in[i]]
				run.Patches = append(run.Patches, x.Patches...)
				continue
			}
		}
		in[i] = len(out.Txns)
		run := txn{Agent: x.Agent, Patches: slices.Clone(x.Patches)}
		for _, p := range x.Parents {
			run.Parents = append(run.Parents, in[p])
		}
		out.Txns = append(out.Txns, run)
	}
	return out
}

// missing are the ancestors of a transaction that are not in has, in order;
// they are put there.
func (t *trace) missing(parents []int, has map[int]bool) (all []int) {
	visit := slices.Clone(parents)
	for len(visit) > 0 {
		p := visit[len(visit)-1]
		visit = visit[:len(visit)-1]
		if has[p] {
			continue
		}
		has[p] = true
		all = append(all, p)
		visit = append(visit, t.Txns[p].Parents...)
	}
	slices.Sort(all)
	return all
}

// read merges a letter.
func (a *author) read(l letter) error {
	d, err := crdt.DecodeDelta(l.bytes)
	if err != nil {
		return err
	}
	if err := d.Check(l.context); err != nil {
		return err
	}
	m, err := crdt.Merge(a.now, crdt.State{Document: d, Context: l.context})
	if err != nil {
		return err
	}
	context := a.now.Context.Merge(l.context)
	a.now = crdt.State{Document: m.Document, Heads: m.Heads, Context: context}
	return nil
}

// write makes a transaction, and the letter to somebody who has seen all that
// was there before.
func (a *author) write(x *txn) (letter, error) {
	before := a.now.Context
	w := crdt.NewWriter(a.id, before.Counter(a.id)+1, 2)
	d, _, err := a.now.Document.EditText(w, textPath, func(t *crdt.TextEdit) error { return x.edit(t) })
	if err != nil {
		return letter{}, err
	}
	context := before
	context.Raise(a.id, w.Next-1)
	a.now = crdt.State{Document: d, Context: context}
	bytes := d.Reduce(before)
	if bytes == nil {
		bytes = d.Canonical()
	}
	return letter{bytes, context}, nil
}

// readAll merges letters one by one.
func (a *author) readAll(letters []letter) error {
	for _, l := range letters {
		if err := a.read(l); err != nil {
			return err
		}
	}
	return nil
}

// shows returns an error if the text is not want.
func (a *author) shows(want string) error {
	printed, err := a.now.Document.At(textPath, crdt.FormatPlain)
	if err != nil {
		return err
	}
	var got string
	if err := json.Unmarshal(printed, &got); err != nil {
		return err
	}
	if got != want {
		return errOtherText
	}
	return nil
}
