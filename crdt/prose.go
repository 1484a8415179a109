package crdt

import "github.com/crdtstore/crdtstore/crdt/text"

// prose is a text: what it shows and the canonical bytes of the events that
// made it. It is immutable. The events are decoded when somebody edits or
// merges them, not to read the text. A partial prose, which exists on the wire
// only, has the bytes of a delta and no content.
type prose struct {
	content string
	graph   string
	partial bool
	loaded  *text.Text // the events, if they are at hand; never modified
}
