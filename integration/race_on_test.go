//go:build race

package integration

// raceEnabled: the programs are built with the race detector, as this test is.
const raceEnabled = true
