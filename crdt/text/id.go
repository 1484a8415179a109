package text

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Agent names an author. Names are compared as bytes, which decides the order
// of characters inserted at the same place at the same time. Any 1 to MaxAgent
// bytes are a name.
type Agent string

// ID names one event: the Seq-th of Agent. An edit of n code points takes n
// consecutive numbers; there may be gaps between edits.
type ID struct {
	Agent Agent
	Seq   uint64
}

// Compare orders ids by agent, then sequence number.
func (i ID) Compare(o ID) int {
	return cmp.Or(strings.Compare(string(i.Agent), string(o.Agent)), cmp.Compare(i.Seq, o.Seq))
}

// String prints "a:7".
func (i ID) String() string { return i.Agent.String() + ":" + strconv.FormatUint(i.Seq, 10) }

// String is the name if it is ASCII that prints, else its first 8 hexadecimal
// digits.
func (a Agent) String() string {
	for _, c := range []byte(a) {
		if c <= ' ' || c >= 0x7f {
			return hex.EncodeToString([]byte(a)[:min(len(a), 4)])
		}
	}
	return string(a)
}

// Version names a set of events by its heads: they and all their ancestors. A
// Version that this package returns is sorted and minimal (no head is an
// ancestor of another); where it takes one, it need not be.
type Version []ID

// Equal reports whether both name the same heads. Both must be sorted.
func (v Version) Equal(o Version) bool { return slices.Equal(v, o) }

// String prints "a:7 b:3".
func (v Version) String() string {
	s := make([]string, len(v))
	for i, id := range v {
		s[i] = id.String()
	}
	return strings.Join(s, " ")
}

// checkRun tells why n events of agent beginning at seq cannot exist.
func checkRun(a Agent, seq uint64, n int) error {
	switch {
	case len(a) == 0 || len(a) > MaxAgent:
		return ErrAgent
	case n > MaxEvents:
		return ErrTooLarge
	case seq+uint64(n) < seq:
		return ErrSequence
	}
	return nil
}
