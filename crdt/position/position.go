// Package position is places in a list that never move: self-contained Fugue
// position strings, with their runs interned.
package position

// ID names a position for ever.
type ID struct {
	Replica [16]byte
	Counter uint64
}

// side says on which side of its parent a run hangs.
type side uint8

// run is a row of positions of one replica.
type run struct {
	id     ID
	parent Position
	side   side
}

// Position is a place in a list. The zero value is an end of it.
type Position struct {
	run   *run
	value int64
}
