package diff

// Coarse joins hunks that have at most gap equal elements between them, and
// fewer than either of them has edits: two words that have a letter in common
// are one word in the place of the other, to whoever wrote them. A gap that
// somebody else may have edited meanwhile must not be joined, so it is small.
func Coarse(hunks []Hunk, gap int) []Hunk {
	out := hunks[:0]
	for _, h := range hunks {
		for len(out) > 0 {
			last := out[len(out)-1]
			between := h.At - last.At - last.Deleted
			if between > gap || between >= last.size() || between >= h.size() {
				break
			}
			out = out[:len(out)-1]
			h = Hunk{last.At, h.At + h.Deleted - last.At, last.From, h.From + h.Inserted - last.From}
		}
		out = append(out, h)
	}
	return out
}

func (h Hunk) size() int { return max(h.Deleted, h.Inserted) }
