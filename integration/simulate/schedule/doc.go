// Package schedule runs whole meshes in one thread, from a seed: real
// documents, the real typed store over memory, real sessions. One schedule
// interleaves local transactions, messages, commits, ticks and whatever Faults there
// are in an order that only the seed decides.
//
// The simulation knows more than any replica: for every document it
// remembers which operations exist, what each writer had seen when it wrote,
// and so what any set of operations must amount to. After every step it reads
// the store of whoever was touched and checks:
//
//   - no lie: an operation that a vector covers has really been incorporated;
//   - Law C: what was seen removed at a replica never comes back there;
//   - Law E: where two replicas' vectors for a key are equal, so are the
//     canonical bytes;
//   - the content is exactly what the incorporated operations amount to;
//   - no dot and no timestamp is taken twice (Law F), and no clock is dragged too far;
//   - damage is found, and reaches nobody else;
//   - nobody takes itself, or a peer, for what it is not;
//   - what sessions keep is bounded.
//
// In the mode of Safety, at the end all sessions are let go until nothing moves: everybody must hold
// the same documents, the ones that the operations amount to, with one vector
// in one range and one root, which equals the root of a store that was built
// anew from the content; and nobody may have lost a mark, a document that was
// acknowledged and left alone. In the mode of Liveness some peers are spared, and have
// to come to know what any of them knows while all else goes on.
package schedule
