// Package libp2p is the real p2p.Network, on a go-libp2p host: TCP with Noise
// and QUIC, mDNS, known addresses, peer exchange among members.
//
// A connection goes through three steps, and each has a time limit:
//
//  1. libp2p connects two peers and authenticates their ids.
//  2. The side that dialled proves the mesh secret, then the other does
//     (proof.go). Every stream handler but the proof's waits for that, and a
//     connection that fails is closed.
//  3. The peer with the smaller id opens the one member stream (session.go),
//     which both sides hand out as the Conn. When the Conn ends, so does the
//     connection, and both sides try again.
//
// So two peers that dial each other at once make two proven connections, the
// opener puts its stream on one of them, and the other one, idle, is closed.
// A peer that was restarted shows another boot number in its proof: what is
// left of its former life is then replaced at once.
package libp2p
