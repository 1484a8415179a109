// Package integration holds the tests of whole peers: crdtd and crdtctl are
// built once, started as real processes on loopback, and driven only through
// what a user has: the command line, HTTP and signals.
//
// A test waits for a condition with a deadline and never for a time. Every
// process is ended by its own process id, and every one that is still running
// at the end of its test must end on SIGTERM with exit code 0 and without a
// panic in its log; under the race detector the programs are built with it
// too.
//
// Packages beside: crash kills processes and cuts their power, soak lets them run,
// process starts them; simulate replays seeded schedules of many peers over the
// real merge, storage and session code in one thread; bench measures ratios
// against plain Badger.
package integration
