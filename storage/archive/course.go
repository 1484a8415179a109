package archive

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// course is how far an archive has come, for who writes it and for who reads
// it: it refuses what cannot come now.
type course struct {
	known   Known
	last    string // name of the collection before
	current *Collection
	due     []Span // of the current collection, not covered by frames yet
	signed  map[crdt.ReplicaID]uint64
	end     End // of the current collection, as far as it has come
	trailer Trailer
	done    bool
}

func newCourse() *course { return &course{known: Known{}} }

var errOrder = errors.New("a chunk that cannot come here")

// identity may only come before the first collection.
func (c *course) identity() error {
	if c.done || c.current != nil || c.trailer.Collections > 0 {
		return errOrder
	}
	return nil
}

func (c *course) begin(next Collection) error {
	switch {
	case c.done || c.current != nil:
		return errOrder
	case next.Name <= c.last:
		return fmt.Errorf("collection %s is out of order", next.Name)
	}
	if err := next.check(); err != nil {
		return err
	}
	c.last, c.current, c.due, c.end = next.Name, &next, next.Due(), End{}
	c.known[next.Name] = next.Knowledge
	c.signed = map[crdt.ReplicaID]uint64{}
	return nil
}

// heads may only come before the first frame.
func (c *course) heads(heads []crdt.SignedHead) error {
	if c.current == nil || c.signed == nil {
		return errOrder
	}
	for _, h := range heads {
		r := h.Replica()
		if c.signed[r] != 0 {
			return fmt.Errorf("two signed heads of %s", r)
		}
		c.signed[r] = h.Counter
	}
	return nil
}

// covered fails unless everything that is not in the base is signed for.
func (c *course) covered() error {
	if c.signed == nil { // found before
		return nil
	}
	for r, n := range c.current.Knowledge.Max().Beyond(c.current.Base.Max()) {
		if c.signed[r] < n {
			return fmt.Errorf("%s is not signed for, only %d", crdt.Dot{Replica: r, Counter: n}, c.signed[r])
		}
	}
	c.signed = nil
	return nil
}

// frame gives f its vectors.
func (c *course) frame(f *Frame) error {
	if c.current == nil {
		return errOrder
	}
	if err := c.covered(); err != nil {
		return err
	}
	if len(c.due) == 0 {
		return fmt.Errorf("a frame from %q that nothing asks for", f.From)
	}
	s := &c.due[0]
	if f.From != s.From || s.To != "" && (f.To == "" || f.To > s.To) {
		return fmt.Errorf("a frame from %q to %q where [%q, %q) is due", f.From, f.To, s.From, s.To)
	}
	f.Span = Span{f.From, f.To, s.Base, s.Vector, s.Forgotten}
	if err := f.check(); err != nil {
		return err
	}
	if s.From = f.To; f.To == s.To {
		c.due = c.due[1:]
	}
	for _, d := range f.Documents {
		if len(d.Body) > 0 {
			c.end.Documents++
		} else {
			c.end.Removed++
		}
	}
	return nil
}

// close ends the collection.
func (c *course) close(e End) error {
	if c.current == nil {
		return errOrder
	}
	if err := c.covered(); err != nil {
		return err
	}
	switch {
	case len(c.due) > 0:
		return fmt.Errorf("%s ends, and keys from %q on are missing", c.current.Name, c.due[0].From)
	case e.Documents != c.end.Documents || e.Removed != c.end.Removed:
		return fmt.Errorf("%s has %d documents and %d removals, and says %d and %d", c.current.Name, c.end.Documents, c.end.Removed, e.Documents, e.Removed)
	}
	c.current = nil
	c.trailer.Collections++
	c.trailer.Documents += e.Documents
	c.trailer.Removed += e.Removed
	return nil
}

// finish ends the archive.
func (c *course) finish(t Trailer) error {
	if c.done || c.current != nil {
		return errOrder
	}
	if c.done = true; t.Collections != c.trailer.Collections || t.Documents != c.trailer.Documents || t.Removed != c.trailer.Removed {
		return errors.New("the counts of the trailer are not those of the archive")
	}
	return nil
}
