package crdt

// short is a list that holds its first few items in itself, so that the codec
// takes no memory for a small document. (A slice of an array beside it would
// make both escape to the heap.)
type short[T any] struct {
	few  [4]T
	more []T
	len  int
}

func (s *short[T]) add(v T) {
	if s.len < len(s.few) {
		s.few[s.len] = v
	} else {
		s.more = append(s.more, v)
	}
	s.len++
}

func (s *short[T]) at(i int) *T {
	if i < len(s.few) {
		return &s.few[i]
	}
	return &s.more[i-len(s.few)]
}

// appendTo appends all items to a slice.
func (s *short[T]) appendTo(out []T) []T {
	out = append(out, s.few[:min(s.len, len(s.few))]...)
	return append(out, s.more...)
}
