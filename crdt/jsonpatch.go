package crdt

// JSONPatch is a JSON Patch (RFC 6902). The zero value changes nothing.
type JSONPatch struct {
	steps []patchStep
}

// patchStep is one operation of a JSON Patch.
type patchStep struct {
	op         string // add, remove, replace, move, copy or test
	path, from Pointer
	value      *plain
}

// Len is the number of operations.
func (p JSONPatch) Len() int { return len(p.steps) }

// ParseJSONPatch reads a JSON Patch. Errors are *PathError with the path in
// this text: the index of the operation, then its member.
func ParseJSONPatch(b []byte) (JSONPatch, error) { panic("todo") }

// JSONPatch applies a patch, all of it or nothing. A test that fails is
// ErrTest. Errors are *PathError.
func (d *Document) JSONPatch(w *Writer, p JSONPatch) (*Document, bool, error) { panic("todo") }
