package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/crdtstore/crdtstore/integration/process"
)

const (
	archiveType = "Content-Type: application/vnd.crdtstore.archive"
	// bundlesOfStick is how many are carried at a time, changesOfBundle how many changes one has at most.
	bundlesOfStick  = 20
	changesOfBundle = 8
)

// stick is a client that carries bundles of a peer to one that cannot reach it. Each builds on the one before. What
// is answered to is on the disk of who took it in, whatever he does with writes of his own (Law H).
type stick struct {
	book    *book
	to      *process.Peer
	bundles []bundle
	next    int
}

// bundle is an archive, and what it changes.
type bundle struct {
	archive string
	changes []change
}

type change struct{ key, content string }

// write has the next bundle taken in, the last one again and again; false when the process does not answer any more.
func (s *stick) write() bool {
	b := s.bundles[min(s.next, len(s.bundles)-1)]
	a, err := s.to.Do("POST", "/v1/bundle/import", b.archive, s.to.Token(), archiveType)
	if err == nil && !a.OK() && a.Status != 503 {
		s.book.violate("%s: bundle %d: %d %.300s", s.to.Name, s.next, a.Status, a.Body)
	}
	if s.next < len(s.bundles) {
		for _, c := range b.changes {
			s.book.end(c.key, c.content, err == nil && a.OK())
		}
		s.next++
	}
	return err == nil
}

// rest notes that the changes of bundles which were not carried may come by another way, and returns how many were.
func (s *stick) rest() (carried int) {
	for carried = s.next; s.next < len(s.bundles); s.next++ {
		for _, c := range s.bundles[s.next].changes {
			s.book.end(c.key, c.content, false)
		}
	}
	return carried
}

// load has a peer write, and make bundles of that. Nobody else hears of it.
func (s *stick) load(from *process.Peer, r *rand.Rand, name string) error {
	for n := range bundlesOfStick {
		known, err := s.known(from)
		if err != nil {
			return err
		}
		var b bundle
		for i := range 1 + r.IntN(changesOfBundle) {
			c, err := s.change(from, r, fmt.Sprintf("all/%s/%d/%d", name, n, i))
			if err != nil {
				return err
			}
			b.changes = append(b.changes, c)
		}
		asked, err := json.Marshal(map[string]string{"since": known})
		if err != nil {
			return err
		}
		a, err := from.Do("POST", "/v1/bundle", string(asked), from.Token(), "Content-Type: application/json")
		if err != nil {
			return err
		}
		if !a.OK() {
			return fmt.Errorf("%s: bundle: %d %.300s", from.Name, a.Status, a.Body)
		}
		b.archive = a.Body
		s.bundles = append(s.bundles, b)
	}
	return nil
}

// known is what a peer knows, as a text.
func (s *stick) known(from *process.Peer) (string, error) {
	a, err := from.Do("GET", "/v1/known", "", from.Token())
	if err == nil && !a.OK() {
		err = fmt.Errorf("%s: known: %d %.300s", from.Name, a.Status, a.Body)
	}
	var known struct{ Known string }
	if err == nil {
		err = json.Unmarshal([]byte(a.Body), &known)
	}
	return known.Known, err
}

// change puts a new document at a peer, or removes or overwrites one that both have.
func (s *stick) change(from *process.Peer, r *rand.Rand, fresh string) (c change, err error) {
	c = change{fresh, fmt.Sprintf(`{"carried":%d}`, r.Int32())}
	if r.IntN(2) == 0 {
		if key, ok := s.book.take(r, s.to.Name, "all/"); ok {
			c.key = key
		}
	}
	switch {
	case c.key == fresh:
		s.book.begin(c.key, s.to.Name)
	case r.IntN(2) == 0:
		c.content = absent
	}
	method := "PUT"
	if c.content == absent {
		method = "DELETE"
	}
	a, err := from.Do(method, "/v1/docs/"+collection+"/"+c.key, c.content)
	if err == nil && !a.OK() && a.Status != 404 {
		err = fmt.Errorf("%s: %s %s: %d %.200s", from.Name, method, c.key, a.Status, a.Body)
	}
	return c, err
}
