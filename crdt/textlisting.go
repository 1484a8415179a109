package crdt

import "iter"

// Writing is a text with where it is; its heads are among the Entries.
type Writing struct {
	Path    Pointer // as in Entry
	Content string
	Events  []byte // see package text
}

// Texts yields all texts, in canonical order.
func (d *Document) Texts() iter.Seq[Writing] {
	return func(yield func(Writing) bool) {
		if d != nil {
			d.root.yieldTexts(nil, yield)
		}
	}
}

func (n *node) yieldTexts(path Pointer, yield func(Writing) bool) bool {
	if p := n.text(); p != nil && !yield(Writing{path, p.content, []byte(p.graph)}) {
		return false
	}
	for i := range n.fields {
		below := append(path[:len(path):len(path)], n.fields[i].name)
		if !n.fields[i].node.yieldTexts(below, yield) {
			return false
		}
	}
	for i := range n.items() {
		it := &n.seq.items[i]
		below := append(path[:len(path):len(path)], it.name())
		if !it.node.yieldTexts(below, yield) {
			return false
		}
	}
	return true
}
