// Package bubble runs a test on simulated time, where nothing waits and no
// sleep is a guess: the bubble of testing/synctest, safe under the race
// detector too. Time in a bubble passes only when every goroutine in it waits
// for something in it, so a test of an hour's silence takes as long as the
// work that is done in that hour.
//
// All tests of this module enter a bubble through [Test] (the house rule
// "bubble"). The runtime of Go 1.26 keeps one context of the race detector for
// the timers of a bubble, without a lock; two threads that look at expired
// timers of one bubble at the same moment destroy it, and the program ends
// some time later with a segmentation violation below time.goFunc. So a
// program built with the race detector runs on one thread while it has a
// bubble. That hides no race: the detector compares what happened before what,
// not what happened at the same time.
package bubble
