package mesh

import (
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/storage"
)

// Cost is what a run, or a part of it, has cost all peers together. Bytes are
// those of messages as sessions and views made them, without what a transport
// adds.
type Cost struct {
	Messages int64 `json:"messages"`
	Bytes    int64 `json:"bytes"`
	// DocumentBytes is the part of Bytes that is keys and bodies of documents,
	// compressed as their frames were; the rest is metadata.
	DocumentBytes int64 `json:"document_bytes"`
	// ViewBytes is the part of Bytes that was spent on who is connected to
	// whom.
	ViewBytes int64 `json:"view_bytes"`
	// Again is the bytes of segments that were lost and sent again.
	Again int64 `json:"again_bytes"`

	// Frames counts frames that arrived, Empty those without documents.
	Frames int64 `json:"frames"`
	Empty  int64 `json:"empty_frames"`
	// Documents counts documents in frames that were merged, Redundant those
	// that brought nothing because all of it was known where they arrived.
	Documents      int64 `json:"documents"`
	Redundant      int64 `json:"redundant"`
	RedundantBytes int64 `json:"redundant_bytes"` // of their keys and bodies, not compressed
	// Skipped counts frames that, at least in part, did not fit what was
	// known.
	Skipped int64 `json:"skipped_frames"`

	Connections int64 `json:"connections"`
	Dials       int64 `json:"dials"`
	Sessions    int64 `json:"sessions"` // ends, two for each
	Verified    int64 `json:"verified"` // sessions' comparisons of roots, found equal

	// Kinds is Messages and Bytes by the first byte of the message.
	Kinds [256]Kind `json:"-"`
}

// Kind is what messages of one kind have cost.
type Kind struct{ Messages, Bytes int64 }

func (c *Cost) sent(message []byte) {
	c.Messages++
	c.Bytes += int64(len(message))
	k := &c.Kinds[message[0]]
	k.Messages++
	k.Bytes += int64(len(message))
	if message[0] == viewKind {
		c.ViewBytes += int64(len(message))
	}
}

// frame counts what a frame that arrived in message carries. Where it was
// compressed, documents and metadata share in the gain.
func (c *Cost) frame(message []byte, f storage.Frame) {
	c.Frames++
	if len(f.Documents) == 0 {
		c.Empty++
		return
	}
	content := 0
	for _, d := range f.Documents {
		content += len(d.Key) + len(d.Body)
	}
	wire, plain := float64(len(message)), float64(max(uncompressed(message), content))
	c.DocumentBytes += int64(float64(content) * wire / plain)
}

// uncompressed is the size of a frame message before compression: its sixth
// field (docs/PROTOCOL.md).
func uncompressed(message []byte) int {
	var fields []cbor.RawMessage
	var size, packed = 0, []byte(nil)
	if cbor.Unmarshal(message[1:], &fields) != nil || len(fields) < 7 ||
		cbor.Unmarshal(fields[5], &size) != nil || cbor.Unmarshal(fields[6], &packed) != nil || size == 0 {
		return len(message)
	}
	return len(message) - len(packed) + size
}

// merged counts what came of a frame.
func (c *Cost) merged(f storage.Frame, m storage.Merged, a arrival) {
	if len(m.Wanted) > 0 {
		return
	}
	if m.Skipped {
		c.Skipped++
	}
	c.Documents += int64(len(f.Documents))
	c.Redundant += int64(a.known)
	c.RedundantBytes += int64(a.knownBytes)
}

// Since is what was spent after before.
func (c Cost) Since(before Cost) Cost {
	c.Messages -= before.Messages
	c.Bytes -= before.Bytes
	c.DocumentBytes -= before.DocumentBytes
	c.ViewBytes -= before.ViewBytes
	c.Again -= before.Again
	c.Frames -= before.Frames
	c.Empty -= before.Empty
	c.Documents -= before.Documents
	c.Redundant -= before.Redundant
	c.RedundantBytes -= before.RedundantBytes
	c.Skipped -= before.Skipped
	c.Connections -= before.Connections
	c.Dials -= before.Dials
	c.Sessions -= before.Sessions
	c.Verified -= before.Verified
	for i := range c.Kinds {
		c.Kinds[i].Messages -= before.Kinds[i].Messages
		c.Kinds[i].Bytes -= before.Kinds[i].Bytes
	}
	return c
}

// MetadataBytes is the part of Bytes that is not documents.
func (c Cost) MetadataBytes() int64 { return c.Bytes - c.DocumentBytes }

// Delays are how long something took, each time it was measured.
type Delays []time.Duration

// At is the delay that the part q of all, from 0 to 1, did not exceed; 0 if
// there are none. d is in ascending order.
func (d Delays) At(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(q*float64(len(d))), len(d)-1)]
}
