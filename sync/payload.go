package antientropy

// payload is how many bytes of the message the keys and bodies of its documents
// take, compressed as the frame was: all else of a conversation is the price of
// agreeing.
func (m *frame) payload() uint64 {
	n := 0
	for _, d := range m.content.Documents {
		n += len(d.Key) + len(d.Body)
	}
	if m.Size == 0 {
		return uint64(n)
	}
	return uint64(n) * uint64(len(m.Body)) / m.Size
}
