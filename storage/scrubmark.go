package storage

import (
	"encoding/binary"
	"errors"
	"time"
)

const metaScrub = "scrub"

// ScrubProgress is how far the scrub of a store has come: it goes through the
// collections in the order of their names.
type ScrubProgress struct {
	Began time.Time // when this pass began; zero if there was none
	Ended time.Time // when it was done; zero while it runs
	// Collection and At are where it goes on. Collections before it are done.
	Collection string
	At         ScrubPlace
	Documents  uint64 // that this pass has checked
	Findings   uint64 // of this pass
}

// ScrubProgress is what the store holds of it: nothing if it was never set, or
// is damaged.
func (d *Documents) ScrubProgress() (p ScrubProgress, err error) {
	err = d.store.View(func(r Reader) error {
		b, err := getSealed(r, metaKey(metaScrub), "", "the progress of the scrub")
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
			return nil
		}
		if err == nil {
			p, _ = parseScrubProgress(b)
		}
		return err
	})
	return p, err
}

// SetScrubProgress stores p.
func (b *Batch) SetScrubProgress(p ScrubProgress) error {
	return b.setMeta(metaScrub, p.appendBinary(nil))
}

// appendBinary appends begin and end in milliseconds since 1970, 0 if zero, the
// counts (8 bytes each), and collection and place behind their lengths.
func (p ScrubProgress) appendBinary(b []byte) []byte {
	for _, n := range []uint64{millis(p.Began), millis(p.Ended), p.Documents, p.Findings} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	for _, s := range []string{p.Collection, string(p.At)} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func parseScrubProgress(b []byte) (p ScrubProgress, ok bool) {
	if len(b) < 32 {
		return p, false
	}
	number := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	p.Began, p.Ended, p.Documents, p.Findings = fromMillis(number(0)), fromMillis(number(1)), number(2), number(3)
	b = b[32:]
	var texts [2]string
	for i := range texts {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return ScrubProgress{}, false
		}
		texts[i], b = string(b[w:w+int(n)]), b[w+int(n):]
	}
	p.Collection, p.At = texts[0], ScrubPlace(texts[1])
	return p, true
}

func millis(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixMilli())
}

func fromMillis(n uint64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n))
}
