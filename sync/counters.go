package antientropy

// Counters say what a session has exchanged since it began.
type Counters struct {
	Sent, Received Volume
	// Repeated is the part of Received that brought nothing: a frame all of
	// which was known here already, a document that changed nothing.
	Repeated Volume
	// Announced and Heard count announcements of what is known, sent and
	// received in place of frames.
	Announced, Heard uint64
	// Grafts and Prunes count how often either side asked the other to send
	// again, or only to announce.
	Grafts, Prunes uint64
}

// Volume is a number of frames and of the documents in them, and how many bytes
// of messages those took, keys and compressed bodies, where that is counted: of
// Sent and Received.
type Volume struct{ Frames, Documents, Payload uint64 }

// Add is the sum of both.
func (v Volume) Add(o Volume) Volume {
	return Volume{v.Frames + o.Frames, v.Documents + o.Documents, v.Payload + o.Payload}
}

func (v *Volume) count(m *frame) {
	v.Frames++
	v.Documents += uint64(len(m.content.Documents))
	v.Payload += m.payload()
}

// Counters tells what the session has exchanged. It may be asked after the
// session has closed.
func (s *Session) Counters() Counters { return s.counters }
