package crdt

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt/position"
	"github.com/crdtstore/crdtstore/crdt/text"
)

// ErrBeyond is returned by Check when a document has what its sender cannot
// have seen.
var ErrBeyond = errors.New("content beyond what its sender has seen")

// Check proves of a document that a peer sent, which has seen seen, what Merge
// and all that follows build on: that seen covers whatever is alive, the
// positions of elements and the events of texts; that the heads of each text
// are those of its events, and its content is what they make. It replays each
// text, in all in no more than text.MaxWork steps. It fails with a *PathError:
// ErrBeyond, ErrMalformed, or an error of package text.
func (d *Document) Check(seen VersionVector) error {
	_, err := d.CheckSteps(seen)
	return err
}

// CheckSteps is Check, and counts the steps that the texts took.
func (d *Document) CheckSteps(seen VersionVector) (steps int, err error) {
	c := checker{seen: lens{vector: seen}, work: text.MaxWork}
	err = c.node(&d.orEmpty().root)
	return text.MaxWork - c.work, err
}

// CoveredBy reports whether v has seen all that is alive, and all events of
// texts. A state that is merged must be covered by its own context.
func (d *Document) CoveredBy(v VersionVector) bool {
	c := checker{seen: lens{vector: v}, quick: true}
	return c.node(&d.orEmpty().root) == nil
}

// checker is the state of one Check.
type checker struct {
	seen  lens
	quick bool // believe that texts are what their events make
	work  int  // steps that texts may still take
	path  Pointer
}

func (c *checker) fail(err error) error { return &PathError{c.path.String(), err} }

func (c *checker) dot(d Dot) error {
	if !c.seen.has(d) {
		return c.fail(fmt.Errorf("%w: %s", ErrBeyond, d))
	}
	return nil
}

func (c *checker) node(n *node) error {
	for i := range n.entries {
		if err := c.dot(n.entries[i].Dot); err != nil {
			return err
		}
	}
	for i := range n.fields {
		c.path = append(c.path, n.fields[i].name)
		if err := c.node(&n.fields[i].node); err != nil {
			return err
		}
		c.path = c.path[:len(c.path)-1]
	}
	if len(n.items()) > 0 {
		if err := c.items(n.seq.items); err != nil {
			return err
		}
	}
	if n.text() == nil {
		return nil
	}
	if err := c.text(n.text(), headsOf(n.entries)); err != nil {
		return c.fail(err)
	}
	return nil
}

func (c *checker) items(items []item) (err error) {
	var at []position.Position
	index := 0
	for i := range items {
		it := &items[i]
		at = append(at, it.origin)
		c.path = append(c.path, strconv.Itoa(index))
		for _, p := range it.places {
			at = append(at, p.At)
			if err := c.dot(p.Dot); err != nil {
				return err
			}
		}
		if err := c.node(&it.node); err != nil {
			return err
		}
		c.path = c.path[:len(c.path)-1]
		if !it.node.ghost() {
			index++
		}
	}
	position.IDs(at, func(id position.ID) bool {
		err = c.dot(Dot{id.Replica, id.Counter})
		return err == nil
	})
	return err
}

// text checks a text with its heads.
func (c *checker) text(p *prose, heads text.Version) error {
	d, err := p.delta()
	if err != nil {
		return err
	}
	for _, id := range d.Parents() {
		if !p.partial {
			return fmt.Errorf("%w: it builds on %s", ErrMalformed, id)
		}
		if err := c.event(id, 1); err != nil {
			return err
		}
	}
	for id, n := range d.Spans() {
		if err := c.event(id, n); err != nil {
			return err
		}
	}
	if c.quick || p.partial {
		return nil
	}
	var t text.Text
	_, steps, err := t.MergeWithin(d, c.work)
	c.work -= steps
	switch {
	case err != nil:
		return err
	case !t.Frontier().Equal(heads):
		return fmt.Errorf("%w: the heads are %s, not %s", ErrMalformed, t.Frontier(), heads)
	case t.String() != p.content:
		return text.ErrDamaged
	}
	return nil
}

// event checks that n events from id on are dots that were seen.
func (c *checker) event(id text.ID, n int) error {
	r, ok := replicaOf(id.Agent)
	last := Dot{r, id.Seq + uint64(n) - 1}
	switch {
	case !ok || id.Seq == 0:
		return fmt.Errorf("%w: event %s", ErrMalformed, id)
	case !c.seen.has(last):
		return fmt.Errorf("%w: %s", ErrBeyond, last)
	}
	return nil
}
