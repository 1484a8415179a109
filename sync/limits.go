package antientropy

import (
	"cmp"
	"strings"
	"time"
)

// Limits are the bounds of a session; a zero field means the default. Both
// sides of a mesh should use the same; larger frames than the peer's limits
// allow end the session.
type Limits struct {
	Message     int           // bytes of one message, and of its decompressed content (4 MiB)
	Frame       int           // bytes of documents at which a frame of a long drain is cut (256 KiB)
	Whole       int           // bytes of documents up to which everything pending is one frame (1 MiB)
	Documents   int           // documents of one frame (4,000)
	Window      int           // bytes of unacknowledged frames (4 MiB)
	Frames      int           // unacknowledged frames (256)
	Collections int           // collections that either side brings into one session (4,096)
	Entries     int           // vector entries that the peer may make this session remember (1,048,576)
	Ranges      int           // ranges of one knowledge message (4,096)
	Snapshot    time.Duration // age at which a drain continues from a new snapshot (60 s)
	Silence     time.Duration // without a message, or without progress, until the peer is given up (60 s)
	Ping        time.Duration // between pings (15 s)
	Rounds      int           // of one tree walk (64)
	Walk        int           // nodes or documents of one level that a tree walk looks at (16,384)
	Compare     int           // documents of either side in one comparison (16,384)
	Wanted      int           // documents of one session that the peer may ask for whole before all are (1,024)
	Refused     int           // documents that the two sides of a session may refuse (1,024)
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Message:     cmp.Or(l.Message, maxMessage),
		Frame:       cmp.Or(l.Frame, 256<<10),
		Whole:       cmp.Or(l.Whole, 1<<20),
		Documents:   cmp.Or(l.Documents, 4000),
		Window:      cmp.Or(l.Window, 4<<20),
		Frames:      cmp.Or(l.Frames, 256),
		Collections: cmp.Or(l.Collections, 4096),
		Entries:     cmp.Or(l.Entries, 1<<20),
		Ranges:      cmp.Or(l.Ranges, 4096),
		Snapshot:    cmp.Or(l.Snapshot, time.Minute),
		Silence:     cmp.Or(l.Silence, time.Minute),
		Ping:        cmp.Or(l.Ping, 15*time.Second),
		Rounds:      cmp.Or(l.Rounds, 64),
		Walk:        cmp.Or(l.Walk, 16<<10),
		Compare:     cmp.Or(l.Compare, 16<<10),
		Wanted:      cmp.Or(l.Wanted, 1024),
		Refused:     cmp.Or(l.Refused, 1024),
	}
}

// window counts frames that are on their way and not yet acknowledged. One
// frame always fits, whatever its size.
type window struct{ frames, bytes int }

// open reports whether a frame that brings about expected bytes may follow.
func (w *window) open(l Limits, expected int) bool {
	return w.frames == 0 || w.frames < l.Frames && w.bytes+expected <= l.Window
}

func (w *window) add(cost int)    { w.frames++; w.bytes += cost }
func (w *window) remove(cost int) { w.frames--; w.bytes -= cost }

// cutText shortens s to at most n bytes of valid UTF-8.
func cutText(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
