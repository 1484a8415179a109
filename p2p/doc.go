// Package p2p is the port through which a node reaches the other members of
// its mesh: a Network finds them, proves the mesh secret to them, and keeps one
// message connection, a Conn, to each that is wanted.
//
// A node starts one endpoint and reads its events; everything else follows:
//
//	for e := range network.Events() {
//		switch e.Kind {
//		case p2p.Up:          // e.Conn is a member: start a session on it
//		case p2p.Down:        // the session of e.Peer is over: e.Reason
//		case p2p.Refused:     // e.Peer and we do not belong together: e.Reason
//		case p2p.Unreachable: // nobody answered at e.Addrs: e.Reason
//		case p2p.Learned:     // e.Peer lives at e.Addrs: remember that
//		case p2p.Heard:       // e.Peer is said to live at e.Addrs
//		}
//	}
//
// It keeps a Conn to everybody it hears of, unless Want says whom it is to keep
// one to. Package p2p/view decides that for a mesh of many.
//
// Finding a peer never implies trust. Whoever connects must prove that it
// knows the 32-byte mesh secret before anything else is served to it; who
// cannot is cut, kept out with a growing backoff, and named, on both sides.
//
// An Invite carries the secret and some addresses as one line of text.
//
// p2p/libp2p is the real network, p2p/memory a simulated one with latency,
// loss, partition and heal; p2p/p2ptest is what both must pass.
package p2p
