package text

import "errors"

// Limits of one text. They are checked before memory is taken.
const (
	MaxEvents = 1 << 22 // events of one text or delta; each inserts or deletes one code point
	MaxAgent  = 64      // bytes of an agent's name
	// MaxWork bounds the steps of one Merge. Graphs that people make need
	// some steps for each event; a graph made to be slow needs their square.
	MaxWork = 1 << 25
)

var (
	// ErrMalformed is returned by Decode for bytes that are not the one
	// encoding of a set of events.
	ErrMalformed = errors.New("malformed text events")
	// ErrUnknownParents is returned by Merge when events build on events that
	// are not here. Ask for the whole text.
	ErrUnknownParents = errors.New("text events build on unknown events")
	// ErrUnknownVersion is returned when a version names events that are not
	// here.
	ErrUnknownVersion = errors.New("unknown text version")
	// ErrOverlap is returned when an id is used for two different events.
	ErrOverlap = errors.New("two text events have the same id")
	// ErrPosition is returned when a position lies outside the text at the
	// version of the event.
	ErrPosition = errors.New("position outside the text")
	// ErrUTF8 is returned when inserted text is not valid UTF-8.
	ErrUTF8 = errors.New("text is not valid UTF-8")
	// ErrSurrogate is returned when a UTF-16 offset splits a surrogate pair.
	ErrSurrogate = errors.New("offset splits a surrogate pair")
	// ErrSequence is returned for an id that its agent cannot use: it is at or
	// below one used before, or runs over.
	ErrSequence = errors.New("sequence number cannot be used")
	// ErrAgent is returned for an agent without name, or with one above
	// MaxAgent.
	ErrAgent = errors.New("agent name must have 1 to 64 bytes")
	// ErrTooLarge is returned when a text would have more than MaxEvents events.
	ErrTooLarge = errors.New("text has too many events")
	// ErrTooCostly is returned when a Merge would take more than MaxWork steps,
	// or those it was given.
	ErrTooCostly = errors.New("text events take too long to merge")
	// ErrDamaged is returned when the content a text was loaded with cannot be
	// that of its events.
	ErrDamaged = errors.New("text content does not belong to its events")
)
