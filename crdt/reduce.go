package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// leastReduced is the least size of a text's events, in bytes, that is worth to
// be reduced.
const leastReduced = 1 << 10

// Partial reports whether some texts have only the events that a peer lacks.
func (d *Document) Partial() bool { return d != nil && d.partial }

// Reduce returns the bytes of the document for a peer that has seen seen: of
// each text with events of 1 KiB or more only those that it lacks, without the
// content, if that saves half. Only DecodeDelta reads them. It returns nil if
// there is nothing to be saved.
func (d *Document) Reduce(seen VersionVector) []byte {
	if d == nil || d.partial {
		return nil
	}
	root, reduced := d.root.reduce(func(a text.Agent) uint64 {
		r, _ := replicaOf(a)
		return seen.Counter(r)
	})
	if !reduced {
		return nil
	}
	return appendDocument(nil, &root)
}

// reduce returns a copy of n with reduced texts, or n itself.
func (n *node) reduce(seen func(text.Agent) uint64) (node, bool) {
	out, any := *n, false
	for i := range n.fields {
		if below, ok := n.fields[i].node.reduce(seen); ok {
			if !any {
				out.fields, any = slices.Clone(n.fields), true
			}
			out.fields[i].node = below
		}
	}
	if n.seq == nil {
		return out, any
	}
	items, inside := n.seq.items, false
	for i := range items {
		if below, ok := n.seq.items[i].node.reduce(seen); ok {
			if !inside {
				items, inside = slices.Clone(items), true
			}
			items[i].node = below
		}
	}
	prose, ok := n.seq.text.reduce(seen)
	if inside || ok {
		out.seq, any = &sequence{items, prose}, true
	}
	return out, any
}

// reduce returns the events of p above those seen, or p itself.
func (p *prose) reduce(seen func(text.Agent) uint64) (*prose, bool) {
	if p == nil || len(p.graph) < leastReduced {
		return p, false
	}
	t, err := p.read()
	if err != nil {
		return p, false // whoever merges it will say so
	}
	delta := t.Beyond(seen).Append(nil)
	if 2*len(delta) > len(p.content)+len(p.graph) {
		return p, false
	}
	return &prose{graph: string(delta), partial: true}, true
}
