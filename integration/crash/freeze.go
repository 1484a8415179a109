package main

import "slices"

// frozen is what a book said at a moment.
type frozen struct {
	keys        map[string][]string
	sum, unsure int
}

// freeze copies what is acknowledged now.
func (b *book) freeze() frozen {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := frozen{map[string][]string{}, b.sum, b.unsure}
	for key, e := range b.keys {
		f.keys[key] = slices.Clone(e.may)
	}
	return f
}

// thaw makes what was acknowledged since then unsure: it may have happened
// behind the moment of a cut.
func (b *book) thaw(f frozen) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, e := range b.keys {
		was, ok := f.keys[key]
		if !ok {
			was = []string{absent}
		}
		for _, content := range was {
			if !slices.Contains(e.may, content) {
				e.may = append(e.may, content)
			}
		}
		e.busy = false
	}
	b.unsure += b.sum - f.sum
	b.sum = f.sum
}

// reckon makes what the counter shows what it holds: what got no answer is
// decided.
func (b *book) reckon(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sum, b.unsure = n, 0
}
