package node

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize/english"
)

// onlyHereTold is how old a change is, where a peer is connected, before it is said
// that no peer is known to have it.
const onlyHereTold = time.Minute

// onlyHere is what an operator should know of what would be lost with the disk of this node.
func (s Status) onlyHere(connected bool) []Finding {
	u := s.Unsent
	if s.Peer == "" {
		return nil
	}
	f := Finding{Kind: FindingOnlyHere, Notice: true,
		Do: "connect a peer; until then keep a backup on another disk", Command: "crdtctl backup FILE"}
	switch {
	case u == nil:
		f.Happened = "how much of this node no peer is known to have cannot be told: something that is kept here could not be read"
		f.Do, f.Command = "see what that is", "crdtctl verify"
	case u.Documents == Count{}, connected && !u.After.IsZero() && s.now.Sub(u.After) < onlyHereTold:
		return nil
	default:
		f.Happened = fmt.Sprintf("no peer is known to have %s %s as here, which would be lost with this disk; %s", u.Documents, english.PluralWord(u.Documents.N, "document", ""), u.age(s.now))
	}
	return []Finding{f}
}

// age says how old the oldest of these changes is.
func (u *Unsent) age(now time.Time) string {
	if u.After.IsZero() {
		return "how old the oldest of these changes is, is not known"
	}
	return fmt.Sprintf("the oldest of these changes came after %s, at most %s ago", u.After.UTC().Format(time.RFC3339), now.Sub(u.After).Round(time.Second))
}
