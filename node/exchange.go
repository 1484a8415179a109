package node

import antientropy "github.com/crdtstore/crdtstore/sync"

// Exchange says how changes pass between this node and a peer in the present
// session: at once, or, where a link would bring only what came by another way,
// announced and sent when asked for.
type Exchange struct {
	// Lazy and LazyByPeer list the collections, in order, of which this node,
	// or the peer, announces what it got from others.
	Lazy, LazyByPeer []string
	// Sent, Received: frames, and the documents in them. Repeated is the part of
	// Received that brought nothing.
	FramesSent, FramesReceived, FramesRepeated          uint64
	DocumentsSent, DocumentsReceived, DocumentsRepeated uint64
	// Announced and Heard count announcements sent and received.
	Announced, Heard uint64
}

// exchange sums up a session.
func exchange(all []antientropy.Status, n antientropy.Counters) Exchange {
	e := Exchange{
		FramesSent: n.Sent.Frames, FramesReceived: n.Received.Frames, FramesRepeated: n.Repeated.Frames,
		DocumentsSent: n.Sent.Documents, DocumentsReceived: n.Received.Documents, DocumentsRepeated: n.Repeated.Documents,
		Announced: n.Announced, Heard: n.Heard,
	}
	for _, c := range all {
		if c.Lazy {
			e.Lazy = append(e.Lazy, c.Collection)
		}
		if c.LazyByPeer {
			e.LazyByPeer = append(e.LazyByPeer, c.Collection)
		}
	}
	return e
}
