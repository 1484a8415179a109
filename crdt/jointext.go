package crdt

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// text joins texts. What is alive of a text are its heads, which Law A has
// joined already, like all entries; the events of a text are those of its heads
// and all before them.
func (j *join) text(a, b *node, entries []entry) (*prose, sides) {
	x, y := a.text(), b.text()
	alive, events := false, false
	for i := range entries {
		alive = alive || entries[i].Kind == KindText
		events = events || entries[i].isHead()
	}
	switch {
	case !alive:
		return nil, sides{x == nil, y == nil}
	case !events:
		return emptyProse, sides{x.is(emptyProse), y.is(emptyProse)}
	}
	heads := headsOf(entries)
	ofX, ofY := x != nil && heads.Equal(headsOf(a.entries)), y != nil && heads.Equal(headsOf(b.entries))
	switch {
	case ofX && ofY && !y.partial && !x.is(y):
		j.fail(fmt.Errorf("%w: equal heads %s of different events", text.ErrOverlap, heads))
		return x, sides{}
	case ofX:
		return x, sides{true, y.is(x)}
	case ofY && !y.partial:
		return y, sides{false, true}
	}
	p, err := j.unite(x, y, heads)
	if err != nil {
		j.fail(err)
		return nil, sides{}
	}
	return p, sides{p.is(x), p.is(y)}
}

// is reports whether two texts are the same; nil is none.
func (p *prose) is(o *prose) bool {
	if p == nil || o == nil {
		return p == o
	}
	return p == o || !p.partial && !o.partial && p.graph == o.graph && p.content == o.content
}

func (p *prose) smaller(o *prose) bool {
	return cmp.Or(cmp.Compare(len(p.graph), len(o.graph)), cmp.Compare(p.graph, o.graph), cmp.Compare(p.content, o.content)) < 0
}

// unite takes the events of both sides and keeps those of the heads.
func (j *join) unite(x, y *prose, heads text.Version) (*prose, error) {
	if x == nil {
		x = emptyProse
	}
	if y == nil {
		y = emptyProse
	}
	partial := y.partial
	if !partial && x.smaller(y) { // the larger takes in the smaller, whichever side it is on
		x, y = y, x
	}
	t, err := x.own()
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	d, err := y.delta()
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	_, steps, err := t.MergeWithin(d, j.work)
	j.work -= steps
	if err == nil && !t.Frontier().Equal(heads) {
		t, steps, err = t.ClosureWithin(heads, max(j.work, 0))
		j.work -= steps
	}
	switch {
	case partial && (errors.Is(err, text.ErrUnknownParents) || errors.Is(err, text.ErrUnknownVersion)):
		return nil, fmt.Errorf("%w: %w", ErrNeedsWhole, err)
	case err != nil:
		return nil, fmt.Errorf("text: %w", err)
	case !t.Frontier().Equal(heads) && j.dispute == nil: // where a head before another may have come back
		return nil, fmt.Errorf("text: %w: %s are not the heads of its events", ErrMalformed, heads)
	}
	return newProse(t), nil
}

// fail notes the first error with the path.
func (j *join) fail(err error) {
	if j.err == nil {
		j.err = &PathError{j.pointer().String(), err}
	}
}

// pointer is the path to where the join is.
func (j *join) pointer() Pointer {
	var p Pointer
	for _, s := range j.steps {
		if s.items != nil {
			p = append(p, indexOf(s.items, s.at))
		} else {
			p = append(p, s.name)
		}
	}
	return p
}
