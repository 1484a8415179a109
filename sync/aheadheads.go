package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// maxHeads is how many signed heads one frame brings: each costs the receiver a
// signature to verify, which its own writers wait for. Where more are due they
// go ahead, in frames of nothing else.
const maxHeads = 1024

// ahead reports whether a frame brings nothing but signed heads.
func (f Frame) ahead() bool { return f.Vector.Len() == 0 && len(f.Documents) == 0 }

// sendAhead sends signed heads that are due in a drain, if they are too many for
// one frame.
func (s *Session) sendAhead(c *collection) (sent bool, err error) {
	d := c.drain
	if !d.counted {
		d.counted = true
		for r := range d.mine.Max().Beyond(c.heads) {
			d.due = append(d.due, r)
		}
		if len(d.due) <= maxHeads {
			d.due = nil
		}
	}
	from, to, _, _, ok := d.span(c.known)
	if !ok || len(d.due) == 0 {
		return false, nil
	}
	n := min(len(d.due), maxHeads)
	f := Frame{From: from, To: to}
	if f.Heads, err = c.signed(d.due[:n]); err != nil {
		return false, err
	}
	d.due = d.due[n:]
	return true, s.sendFrame(c, f)
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
