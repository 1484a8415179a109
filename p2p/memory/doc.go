// Package memory is a p2p.Network inside one process, for tests, simulations
// and demonstrations: every endpoint of a Hub reaches every other, with a
// latency, a bandwidth, a chance that a connection breaks at a message, and
// partitions that heal, as the test says. What the Hub draws at random it draws from its seed,
// for each direction of each connection separately, so the goroutines'
// schedule does not change it. It uses the time package's clock only and runs
// in a testing/synctest bubble.
package memory
