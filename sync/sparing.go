package antientropy

// To read and pack what a peer lacks that catches up is work, and much of it.
// The owner of a session may have something better to do meanwhile: so a sparing
// session makes one such frame, and then no other until its owner lets it go on
// with a Next. What a peer that was in step is still to be told is never held up.

// sparing is the frame for a peer that catches up that was made since the last
// Next.
type sparing struct {
	made      bool
	documents int
}

// mayMake reports whether a frame of a collection may be made before a Next.
func (s *Session) mayMake(c *collection) bool { return c.live || !s.sparing.made }

// made notes a frame.
func (s *Session) made(c *collection, f Frame) {
	if s.config.Sparing && !c.live {
		s.sparing = sparing{true, len(f.Documents)}
	}
}

// Made is how many documents are in the frame that a sparing session has made
// for a peer that catches up; ok is false if it has made none since the last
// Next, or is closed.
func (s *Session) Made() (documents int, ok bool) {
	return s.sparing.documents, s.sparing.made && !s.closed
}
