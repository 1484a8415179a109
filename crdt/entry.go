package crdt

import "strconv"

// Kind says how the entries at one path merge and what they mean. The numbers
// are part of the canonical bytes; a kind this version does not know is kept
// and forwarded untouched.
type Kind uint8

// The kinds.
const (
	KindMap      Kind = 1 // presence of an object
	KindRegister Kind = 2 // one value that is replaced whole: scalar, bytes, any JSON
	KindCounter  Kind = 3 // presence of a counter, and each replica's running sum
	KindSet      Kind = 4 // presence of an add-wins set, and its elements, scalars
	KindList     Kind = 5 // presence of a list
	KindText     Kind = 6 // presence of a text, and the heads of its events
	KindRepair   Kind = 7 // at the root: what a repair has looked at; never shown
)

// String prints the kind's name, or "kind 9" for one of a newer version.
func (k Kind) String() string {
	switch k {
	case KindMap:
		return "map"
	case KindRegister:
		return "register"
	case KindCounter:
		return "counter"
	case KindSet:
		return "set"
	case KindList:
		return "list"
	case KindText:
		return "text"
	case KindRepair:
		return "repair"
	}
	return "kind " + strconv.Itoa(int(k))
}

// known reports whether this version can show and edit the kind.
func (k Kind) known() bool { return k >= KindMap && k <= KindText }

// presence is the payload of the entry that says that something of the kind is
// there, even if there is nothing in it; "" for a kind whose entries all say so.
// An element of a set may be null, so that of a set is an empty array.
func (k Kind) presence() Value {
	switch k {
	case KindMap, KindList, KindText, KindCounter:
		return valueNull
	case KindSet:
		return setPresence
	}
	return ""
}

// rank orders kinds whose latest timestamps are equal: the lower one is shown.
func (k Kind) rank() int {
	switch k {
	case KindMap:
		return 0
	case KindList:
		return 1
	case KindText:
		return 2
	case KindSet:
		return 3
	case KindCounter:
		return 4
	case KindRegister:
		return 5
	}
	return 6 + int(k)
}

// Value is one value as canonical CBOR: a scalar, bytes, or, in a register
// only, an array with anything in it.
type Value string

// entry is one event that is still alive at a path. All kinds are the same
// thing, a store of entries named by their dots, so one join serves all.
type entry struct {
	Kind  Kind
	Dot   Dot
	Time  Timestamp
	Value Value
}

// later orders entries by (time, replica, counter): of concurrent values the
// greatest is shown.
func (e *entry) later(o *entry) bool {
	if e.Time != o.Time {
		return e.Time > o.Time
	}
	return e.Dot.Compare(o.Dot) > 0
}
