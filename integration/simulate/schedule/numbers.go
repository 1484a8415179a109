package schedule

import (
	"encoding/binary"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Kinds of messages that have no number behind their kind.
const (
	kindHello = 1
	kindBye   = 13
)

// numbers are those of the messages that leave one side of a link. What a side says
// beside its session (a lie, or what only a next version says) has the number that is
// due, as that of a real peer would, and so have those behind it.
type numbers struct {
	next  uint16 // to leave
	shift uint16 // to be added to those of the session
}

func withNumber(m []byte) bool { return len(m) > 2 && m[0] != kindHello && m[0] != kindBye }

// said gives a message of the session its number.
func (n *numbers) said(m []byte) {
	if withNumber(m) {
		at := binary.BigEndian.Uint16(m[1:]) + n.shift
		binary.BigEndian.PutUint16(m[1:], at)
		n.next = at + 1
	}
}

// unsaid takes a message of the session for one that it never made.
func (n *numbers) unsaid(m []byte) {
	if withNumber(m) {
		n.shift--
	}
}

// utter gives its number to what the session has not said.
func (n *numbers) utter(m []byte) []byte {
	if len(m) == 0 || m[0] == kindHello || m[0] == kindBye {
		return m
	}
	b := binary.BigEndian.AppendUint16([]byte{m[0]}, n.next)
	n.next, n.shift = n.next+1, n.shift+1
	return append(b, m[1:]...)
}

// mayEnd reports whether a session of the link may end for this reason.
func (l *link) mayEnd(r antientropy.Reason) bool {
	switch {
	case l.foul:
		return true
	case r == antientropy.ReasonGap:
		return l.gap
	case r == antientropy.ReasonOutOfOrder:
		return l.unmet
	}
	return !r.Violation()
}
