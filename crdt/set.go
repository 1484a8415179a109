package crdt

// setPresence is the payload of the entry that says that a set exists, so that
// a set without elements is still a set. An element is never an array.
const setPresence Value = "\x80"

// compareElements orders the payloads of a set: presence, then the elements.
func compareElements(a, b Value) int {
	switch {
	case a == b:
		return 0
	case a == setPresence:
		return -1
	case b == setPresence:
		return 1
	}
	return compareValues(a, b)
}
