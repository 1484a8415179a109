// Package view decides whom a peer keeps a connection to, so that a mesh of
// hundreds hangs together although each keeps only a few: HyParView (Leitão,
// Pereira, Rodrigues: "HyParView: a membership protocol for reliable
// gossip-based broadcast", DSN 2007) over connections that are symmetric.
//
// A View holds two sets. The active one is who it is connected to, at most
// Options.Active; the passive one is who else there is, a changing sample of
// the mesh of at most Options.Passive. A View that has room asks a passive
// member to be neighbours; who has no room says so and names others. Who has no
// neighbour at all is never turned away: somebody else has to go. Walks over
// the graph make a newcomer known in parts of the mesh that are far from where
// it came in, and exchanges of samples keep the passive sets fresh. Besides its
// neighbours a View visits a random passive member now and then, so that parts
// of the mesh that lost each other, and can reach each other, meet again.
//
// With no more than Options.Active+1 members all are neighbours of all.
//
// A View is a value in the sense that matters for tests: it has no clock, no
// goroutine and no lock, reads no random source but the one it is given, and
// does nothing by itself. Its owner tells it what happens (an Input) and when,
// and does what it says (the Outputs), in order.
package view
