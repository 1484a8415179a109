// Package schedule runs whole meshes in one thread, from a seed: real
// documents, the real typed store over memory, real sessions. One schedule
// interleaves local transactions, messages, commits, ticks, dying sessions, scopes that change,
// pauses, relays, forgotten removals, peers that sleep, new incarnations, forfeited ranges, failing commits, clean
// restarts, killed processes and power cuts in an order that only the seed
// decides.
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
//   - the content is exactly what the incorporated operations amount to.
//
// At the end all sessions are let go until nothing moves: everybody must hold
// the same documents, the ones that the operations amount to, with one vector
// in one range and one root, which equals the root of a store that was built
// anew from the content.
package schedule
