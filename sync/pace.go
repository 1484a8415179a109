package antientropy

const (
	// slowest is how many bytes of documents the first frames of a session
	// carry: an eighth of a second at 1 Mbit/s.
	slowest = 16 << 10
	// wholeFrames is how many frames' worth may go as one, when it is all that
	// is pending.
	wholeFrames = 4
)

// pace sizes the frames of a session by what its connection has carried. A
// connection that breaks takes the frame with it that was on its way, so a link
// that never lives long enough for a large frame would carry the same one again
// and again. A session begins with small frames, and with each that is
// acknowledged they become twice as large, and so does what may be on its way:
// what such a link will not carry need not be read and packed either.
//
// What a peer that has been in step is still to be told goes as large as the
// limits allow, so that transactions arrive whole; only a peer that catches up
// sees them in parts (Law D).
type pace struct{ frame int }

// limits are those for the next frame. live: the peer has been in step.
func (p pace) limits(l Limits, live bool) Limits {
	if !live {
		frame := min(l.Frame, max(p.frame, slowest))
		l.Window = l.Window / l.Frame * frame
		l.Whole = min(l.Whole, wholeFrames*frame)
		l.Frame = frame
	}
	return l
}

// acknowledged notes that a frame got through.
func (p *pace) acknowledged(l Limits) { p.frame = min(2*max(p.frame, slowest), l.Frame) }
