package storage

// Has reports whether the store knows anything of a collection.
func (d *Documents) Has(coll string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.states[coll] != nil
}

// Count is how many of the collections that the store knows anything of fit; nil
// is all of them.
func (d *Documents) Count(fits func(coll string) bool) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if fits == nil {
		return len(d.states)
	}
	n := 0
	for coll := range d.states {
		if fits(coll) {
			n++
		}
	}
	return n
}

// Has is Documents.Has with what the Batch has written.
func (b *Batch) Has(coll string) bool { return b.states[coll] != nil || b.d.Has(coll) }

// Count is Documents.Count with what the Batch has written.
func (b *Batch) Count(fits func(coll string) bool) int {
	n := b.d.Count(fits)
	for coll := range b.states {
		if (fits == nil || fits(coll)) && !b.d.Has(coll) {
			n++
		}
	}
	return n
}
