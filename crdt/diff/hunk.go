package diff

// Hunk is one place where b differs from a: instead of the Deleted elements of
// a from At on, b has its Inserted elements from From on.
type Hunk struct {
	At, Deleted    int // in a
	From, Inserted int // in b
}

// add appends a hunk, or prolongs the last one if nothing lies between.
func add(hunks []Hunk, h Hunk) []Hunk {
	if h.Deleted == 0 && h.Inserted == 0 {
		return hunks
	}
	if len(hunks) > 0 {
		last := &hunks[len(hunks)-1]
		if last.At+last.Deleted == h.At && last.From+last.Inserted == h.From {
			last.Deleted += h.Deleted
			last.Inserted += h.Inserted
			return hunks
		}
	}
	return append(hunks, h)
}
