package antientropy

import "slices"

// Both sides of a session may have much to tell, and both may be read slowly. A
// side that did not read until it had room for its answers could wait for one
// that waits likewise. So whoever owns a session reads on, and a session that has
// said more than can be sent says nothing for a while that can wait: no frames,
// which their window bounds besides, no announcements, and no answers that may be
// large. Of each kind of question the newest of a collection is remembered, and
// answered when there is room again, as things are then. What is said all the same
// is small, and bounded by what an honest peer may have under way.

// backlog is what a session has said and its owner has not sent yet, as far as
// the owner has told, and what is not said because of that.
type backlog struct {
	bytes  int
	debts  []debt // in order
	asking int    // bytes of the questions among them
}

// debt is an answer that waits for room.
type debt struct {
	collection *collection
	of         kind
	question   int // bytes
	pay        func() error
}

// maxAsking is how many bytes of questions may wait to be answered: a peer that
// waits for its answers has one of each kind under way.
const maxAsking = 4 << 20

// roomy reports whether there is room for what can wait.
func (s *Session) roomy() bool { return s.config.Backlog <= 0 || s.backlog.bytes < s.config.Backlog }

// Clogged reports whether the messages that were output since the last Backlog
// input, and those that waited then, exceed Config.Backlog: the session then waits
// for a Backlog input of less.
func (s *Session) Clogged() bool { return !s.roomy() && !s.closed }

// whenRoom gives an answer now, or when there is room for it. A question that
// was asked again counts once. Small answers need no room, but wait for larger ones
// about their collection.
func (s *Session) whenRoom(d debt, small bool) error {
	b := &s.backlog
	before := func(o debt) bool { return o.collection == d.collection }
	if s.roomy() && len(b.debts) == 0 || small && !slices.ContainsFunc(b.debts, before) {
		return d.pay()
	}
	again := func(o debt) bool { return o.collection == d.collection && o.of == d.of }
	if i := slices.IndexFunc(b.debts, again); i >= 0 {
		b.asking += d.question - b.debts[i].question
		b.debts[i] = d
	} else {
		b.asking += d.question
		b.debts = append(b.debts, d)
	}
	if b.asking > maxAsking {
		return ends(ReasonWindow, "%d bytes of questions, and answers are not read", b.asking)
	}
	return nil
}

// question answers a message now, or when there is room for it.
func (s *Session) question(m message, collection string, size int, answer func() error) error {
	c := s.collections[collection]
	if c == nil {
		return answer() // that there is none
	}
	return s.whenRoom(debt{c, m.kind(), size, answer}, false)
}

// payDebts gives the answers that have waited, as long as there is room.
func (s *Session) payDebts() error {
	b := &s.backlog
	for len(b.debts) > 0 && s.roomy() {
		d := b.debts[0]
		b.debts, b.asking = b.debts[1:], b.asking-d.question
		s.touch(d.collection)
		if err := d.pay(); err != nil {
			return err
		}
	}
	return nil
}
