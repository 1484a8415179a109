package mesh

import (
	"time"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
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

	// Frames counts the frames that were sent, Empty those without documents
	// that were merged.
	Frames int64 `json:"frames"`
	Empty  int64 `json:"empty_frames"`
	// Announced counts announcements in place of frames; Grafts and Prunes how
	// often a side asked to be sent frames, or was asked, and the same for
	// announcements.
	Announced int64 `json:"announced"`
	Grafts    int64 `json:"grafts"`
	Prunes    int64 `json:"prunes"`
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

// stepped counts what a step of a session has done, by its own counters.
func (c *Cost) stepped(before, after antientropy.Counters) {
	c.DocumentBytes += int64(after.Sent.Payload - before.Sent.Payload)
	c.Frames += int64(after.Sent.Frames - before.Sent.Frames)
	c.Announced += int64(after.Announced - before.Announced)
	c.Grafts += int64(after.Grafts - before.Grafts)
	c.Prunes += int64(after.Prunes - before.Prunes)
}

// merged counts what came of a frame.
func (c *Cost) merged(f storage.Frame, m storage.Merged, a arrival) {
	if len(m.Wanted) > 0 {
		return
	}
	if len(f.Documents) == 0 {
		c.Empty++
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
	c.Announced -= before.Announced
	c.Grafts -= before.Grafts
	c.Prunes -= before.Prunes
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
