package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// draft is the sequence of a node while a transaction edits it. It is copied
// once, however many edits there are; nodes refer to it by the sequence that it
// becomes when the transaction ends.
type draft struct {
	seq   *sequence
	own   bool       // made by this transaction; else it is only being read
	stale bool       // the elements of seq are behind
	made  []item     // those of seq, once they were made anew
	items []*item    // the elements that are shown; those of others are not modified
	text  *text.Text // nil unless the text was edited
}

// items are the elements of the list at n, in the order shown.
func (e *edit) items(n *node) []*item {
	if n.seq == nil {
		return nil
	}
	return e.reading(n.seq).items
}

func (e *edit) reading(s *sequence) *draft {
	d := e.drafts[s]
	if d == nil {
		d = &draft{seq: s}
		if len(s.items) > 0 {
			d.items = make([]*item, 0, len(s.items))
		}
		for i := range s.items {
			if !s.items[i].node.ghost() {
				d.items = append(d.items, &s.items[i])
			}
		}
		e.note(d)
	}
	return d
}

func (e *edit) note(d *draft) {
	if e.drafts == nil {
		e.drafts = map[*sequence]*draft{}
	}
	e.drafts[d.seq] = d
}

// open makes the sequence of n, a copy of a node, one that may be edited.
func (e *edit) open(n *node) *draft {
	d := &draft{}
	if n.seq != nil {
		d = e.reading(n.seq)
	}
	if !d.own {
		seq := &sequence{}
		if n.seq != nil {
			*seq = *n.seq // whether there are elements is right even while they are stale
		}
		d = &draft{seq: seq, own: true, items: slices.Clone(d.items)}
		e.note(d)
		n.seq = seq
	}
	if !d.stale {
		d.stale = true
		e.stale = append(e.stale, d)
	}
	return d
}

// write is the text of the draft, to be edited.
func (d *draft) write() (*text.Text, error) {
	if d.text == nil {
		from := emptyProse
		if d.seq.text != nil {
			from = d.seq.text
		}
		own, err := from.own()
		if err != nil {
			return nil, err
		}
		d.text = own
	}
	return d.text, nil
}

// hasText reports whether there is a text beside the elements.
func (d *draft) hasText() bool { return d.text != nil || d.seq.text != nil }

// prose is the content of the text at n.
func (e *edit) prose(n *node) string {
	if n.seq == nil {
		return ""
	}
	if d := e.drafts[n.seq]; d != nil && d.text != nil {
		return d.text.String()
	}
	return n.seq.text.content
}

// refresh gives the sequences of this transaction the elements of their
// drafts.
func (e *edit) refresh() {
	for _, d := range e.stale {
		d.stale = false
		if cap(d.made) < len(d.items) {
			d.made = make([]item, len(d.items)+len(d.items)/8)
		}
		d.made = d.made[:len(d.items)]
		for i, it := range d.items {
			d.made[i] = *it
		}
		d.seq.items = d.made
		e.sought += len(d.items)
	}
	e.stale = e.stale[:0]
}

// finish ends a transaction whose outcome is root.
func (e *edit) finish(root *node) {
	e.refresh()
	for _, d := range e.drafts {
		if d.own && d.text != nil {
			d.seq.text = newProse(d.text)
		}
	}
	if e.mixed {
		root.reorder()
	}
}

// reorder brings the kinds of nodes with several into canonical order, which
// depends on what is below them. Nodes in which nothing was edited are in
// order, and not touched.
func (n *node) reorder() {
	for i := range n.fields {
		n.fields[i].node.reorder()
	}
	for i := range n.items() {
		n.seq.items[i].node.reorder()
	}
	if !n.isMixed(len(n.items())) {
		return
	}
	sorted := *n
	sorted.entries = slices.Clone(n.entries)
	sorted = sorted.normal()
	if !slices.Equal(sorted.entries, n.entries) {
		*n = sorted
	}
}
