package badger

import (
	"bytes"
	"errors"
)

// errWritten is returned when something is written where a memtable was thought to be blank.
var errWritten = errors.New("a memtable has something behind its end")

// blankStep is how many bytes are let go of at a time: writers wait meanwhile.
const blankStep = 1 << 20

// zeros reports whether b is all zeros.
func zeros(b []byte) bool { return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1]) }

// giveBlank lets go of the memory of what is blank of the memtable: if any byte of that was used before it was
// made, the runtime has cleared all of it, and then it is memory of the process although it holds nothing, which a
// start or a full memtable leaves to chance. What is read there afterwards is zero, as before. Nothing is
// written to a memtable but by Update.
func (s *Store) giveBlank(m memtable) error {
	for step := 0; ; step++ {
		more, err := s.giveBlankStep(m, step)
		if err != nil || !more {
			return err
		}
	}
}

// giveBlankStep lets go of so many bytes before the end of the memtable, and reports whether there is more before that.
func (s *Store) giveBlankStep(m memtable, step int) (more bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	rest := m.blank(s.db)
	end := len(rest) - step*blankStep
	if end <= 0 {
		return false, nil
	}
	part := rest[max(0, end-blankStep):end]
	if !zeros(part) {
		return false, errWritten
	}
	return end > blankStep, letGoOf(part)
}
