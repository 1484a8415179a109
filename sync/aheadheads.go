package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// maxHeads is how many signed heads one frame brings: each costs the receiver a
// signature to verify, which its own writers wait for. Where more are due they
// go ahead, in frames of nothing else.
//
// The receiver keeps them, though it knows no more than before. So that a
// connection that breaks has brought something, frames of heads are as small as
// the others of a session that begins, and before the first the peer is asked
// which of them it holds.
const maxHeads = 1024

// headBytes is about what a signed head takes in a frame, with its device.
const headBytes = 192

// ahead reports whether a frame brings nothing but signed heads.
func (f Frame) ahead() bool { return f.Vector.Len() == 0 && len(f.Documents) == 0 }

// sendAhead sends signed heads that are due in a drain, if they are too many for
// one frame. It may have to wait until the peer has said which it holds.
func (s *Session) sendAhead(c *collection, l Limits) (sent, wait bool, err error) {
	d := c.drain
	if !d.counted {
		d.counted = true
		for r := range d.mine.Max().Beyond(c.heads) {
			d.due = append(d.due, r)
		}
		if len(d.due) <= min(maxHeads, l.Whole/headBytes) {
			d.due = nil
		} else if err := s.askHeld(c); err != nil {
			return false, false, err
		}
	}
	from, to, _, _, ok := d.span(c.known)
	if !ok || d.waits || len(d.due) == 0 {
		return false, d.waits, nil
	}
	n := min(len(d.due), maxHeads, max(1, l.Frame/headBytes))
	f := Frame{From: from, To: to}
	if f.Heads, err = c.signed(d.due[:n]); err != nil {
		return false, false, err
	}
	d.due = d.due[n:]
	return true, false, s.sendFrame(c, f)
}

// askHeld asks which of the signed heads that are due the peer holds, unless it
// is asked already: by an earlier drain, of which the answer says as much.
func (s *Session) askHeld(c *collection) error {
	d := c.drain
	if !s.both(FeatureHeads) {
		return nil
	}
	d.waits = true
	if c.dueAsked > 0 {
		return nil
	}
	c.dueAsked = min(1+len(d.due)/headsOfBucket, mostBuckets)
	return s.send(&due{Collection: c.name, Buckets: uint64(c.dueAsked)})
}

// signed are the newest signed heads of replicas, which are sent next.
func (c *collection) signed(replicas []crdt.ReplicaID) ([]crdt.SignedHead, error) {
	heads := make([]crdt.SignedHead, 0, len(replicas))
	for _, r := range replicas {
		h, ok, err := c.drain.view.SignedHead(r)
		if err == nil && (!ok || h.Counter < c.drain.mine.Max().Counter(r)) {
			err = errNoSignature
		}
		if err != nil {
			return nil, failed("signed head of "+r.String()+" in "+c.name, err)
		}
		c.heads.Set(r, h.Counter)
		heads = append(heads, h)
	}
	return heads, nil
}
