package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// settled is how often it is looked whether a state has been reached.
const settled = 5 * time.Millisecond

// until waits until fn succeeds, and gives its last error after Patience.
func until(fn func() error) error {
	var err error
	tick := time.NewTicker(settled)
	defer tick.Stop()
	for begin := time.Now(); time.Since(begin) < process.Patience; <-tick.C {
		if err = fn(); err == nil {
			return nil
		}
	}
	return err
}

// converge lets the third peer hold everything and waits until all peers have
// one root.
func (m *mesh) converge() error {
	if err := until(func() error { return m.setScope(scopes[0]) }); err != nil {
		return err
	}
	return until(func() error { return oneRoot(m.peers...) })
}

// oneRoot is an error that names the roots of peers that have several.
func oneRoot(peers ...*process.Peer) error {
	roots := map[string]int{}
	for _, p := range peers {
		var r struct{ Root string }
		if err := p.JSON("/v1/collections/"+collection+"/root", &r); err != nil {
			return err
		}
		roots[r.Root]++
	}
	if len(roots) != 1 {
		return fmt.Errorf("%d peers have %d roots: %v", len(peers), len(roots), roots)
	}
	return nil
}

// check waits until all peers have one root, and compares each with the book.
func (m *mesh) check() error {
	if err := m.converge(); err != nil {
		m.book.violate("round %d: not converged in %v: %v", m.round, process.Patience, err)
		return err
	}
	for _, p := range m.peers {
		have, err := p.Documents(collection)
		if err != nil {
			return m.silent(p, err)
		}
		var counter struct{ N int }
		if err := json.Unmarshal([]byte(have[counterKey]), &counter); err != nil {
			m.book.violate("%s: counter %q: %v", p.Name, have[counterKey], err)
		}
		m.book.compareCounter(p.Name, counter.N)
		m.book.compare(p.Name, have, true)
		var s struct {
			Incidents int
			Failed    string
		}
		if err := p.JSON("/v1/status", &s); err != nil {
			return err
		}
		if s.Incidents > 0 || s.Failed != "" {
			m.book.violate("%s: %d incidents, failed %q\n%s", p.Name, s.Incidents, s.Failed, p.Log.Tail())
		}
	}
	if n := m.book.violations(); n > 0 {
		return fmt.Errorf("%d violations", n)
	}
	return nil
}

// end stops the peers as an operator does, and looks into their stores.
func (m *mesh) end() error {
	var errs []error
	for _, p := range m.peers {
		errs = append(errs, p.Stop())
	}
	if err := errors.Join(errs...); err != nil {
		m.book.violate("%v", err)
		return err
	}
	return m.checkDots()
}
