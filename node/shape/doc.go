// Package shape is how values of a Go type become documents, and back.
//
// A Shape is derived from a type once, by reflection. Struct fields have the
// names that encoding/json gives them, and a tag says how concurrent changes of
// a field merge:
//
//	type Trip struct {
//		Title string            `json:"title"`                // a register: concurrent values are kept, the latest is shown
//		Seats int               `json:"seats" crdt:"counter"` // every change counts
//		Tags  []string          `json:"tags" crdt:"set"`      // additions win over removals
//		Notes string            `json:"notes" crdt:"text"`    // merges by letters
//		Stops []Stop            `json:"stops"`                // a list; its elements merge in themselves
//		Route []float64         `json:"route" crdt:"lww"`     // one register, as a whole
//		By    map[string]Member `json:"by"`                   // merges by keys
//		Photo []byte            `json:"photo,omitempty"`      // a register of bytes
//		Start time.Time         `json:"start"`                // a register, like all that is a json.Marshaler or TextMarshaler
//	}
//
// # What is absent
//
// A nil pointer, slice, map or interface is absent: its field is not in the
// document, and to set it to nil removes it. In a list or a map it is null, for
// an element is there. A null that a document has reads as nil, or as the zero
// value where there is no nil, and stays null until the field is changed.
//
// A field with omitempty or omitzero is left out where it is empty, too. But a
// counter, set, text, list or map that the document has is emptied then, and
// not removed, so that what others add to it meanwhile just counts.
//
// # What is there keeps its type
//
// A tag makes a counter, set, text or whole register where nothing is. Where a
// document has a plain number under a counter, a plain string under a text, a
// list under a set or a list or map under lww, it stays that: two devices that
// each made a counter of a 5 would have a 10.
//
// An interface holds what encoding/json makes of plain JSON: every number is a
// float64. A larger integer of the document stays as it is until it is changed.
//
// # What a type does not see
//
// Overlay makes what is to be put: the document, with what a value of the type
// changes in it. Fields that the type has no names for stay, in elements of
// lists too, and so does everything that only prints differently (1.0 and 1, two
// spellings of one time). So programs with different versions of a type can
// share documents.
package shape
