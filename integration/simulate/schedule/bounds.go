package schedule

import (
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// counted is a view of which the simulation knows when it is closed.
type counted struct {
	antientropy.View
	p      *peer
	closed bool
}

// Close closes the view.
func (v *counted) Close() error {
	if !v.closed {
		v.closed = true
		v.p.views--
	}
	return v.View.Close()
}

// bounded checks that what sessions make a peer keep is bounded: frames that wait by
// the window that was agreed on, snapshots by the sessions and their collections.
func (w *world) bounded(p *peer) {
	sessions := 0
	for _, l := range w.links {
		for _, e := range l.ends {
			if e.peer != p || !l.up {
				continue
			}
			sessions++
			if total, largest := e.waiting(); total-largest > w.limits.Window && !l.foul {
				w.fail("%d bytes of frames of %s wait at %s, in a window of %d", total, e.other().peer, p, w.limits.Window)
			}
		}
	}
	if most := 4 * sessions * len(w.collections); p.views > most {
		w.fail("%s keeps %d snapshots for %d sessions", p, p.views, sessions)
	}
}

// waiting is how many bytes of documents the frames of a session have that wait to be
// committed, and how many the largest of them has.
func (e *end) waiting() (total, largest int) {
	for _, j := range e.peer.queue {
		if j.session != e.session {
			continue
		}
		size := 0
		for _, d := range j.merge.Frame.Documents {
			size += len(d.Body)
		}
		total, largest = total+size, max(largest, size)
	}
	return total, largest
}
