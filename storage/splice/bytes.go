package splice

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed is returned by Parse for bytes that no Splice of this source
// has.
var ErrMalformed = errors.New("malformed splice")

// AppendBinary appends the splice as edits: how many bytes of the source stay,
// how many behind them go, how many new ones come (uvarints), and those. What
// is behind the last edit stays. Source is not part of it.
func (s Splice) AppendBinary(b []byte) []byte {
	at := 0 // of the source
	keep := 0
	for i := 0; i < len(s.runs) || at < s.source; {
		if i < len(s.runs) && s.runs[i].New == nil && s.runs[i].From == at {
			keep += s.runs[i].Len
			at += s.runs[i].Len
			i++
			continue
		}
		var p []byte
		if i < len(s.runs) && s.runs[i].New != nil {
			p = s.runs[i].New
			i++
		}
		next := s.source
		if i < len(s.runs) {
			next = s.runs[i].From
		}
		b = binary.AppendUvarint(b, uint64(keep))
		b = binary.AppendUvarint(b, uint64(next-at))
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
		at, keep = next, 0
	}
	return b
}

// Parse reads what AppendBinary has written, for a source of this length. It
// shares memory with b.
func Parse(b []byte, source int) (Splice, error) {
	var out builder
	at := 0
	fail := func(what string) (Splice, error) {
		return Splice{}, fmt.Errorf("%w: %s", ErrMalformed, what)
	}
	for first := true; len(b) > 0; first = false {
		var edit [3]uint64 // keep, drop, insert
		for i := range edit {
			n, w := binary.Uvarint(b)
			if w <= 0 {
				return fail("cut off")
			}
			edit[i], b = n, b[w:]
		}
		left := uint64(source - at)
		switch {
		case edit[0] > left || edit[1] > left-edit[0]:
			return fail("beyond the source")
		case edit[2] > uint64(len(b)):
			return fail("new bytes cut off")
		case edit[1] == 0 && edit[2] == 0 || edit[0] == 0 && !first:
			return fail("empty edit")
		}
		out.copy(at, int(edit[0]))
		out.insert(b[:edit[2]])
		at, b = at+int(edit[0])+int(edit[1]), b[edit[2]:]
	}
	out.copy(at, source-at)
	return out.splice(source), nil
}
