package roster

import (
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// entry is one known peer.
type entry struct {
	peer     p2p.Peer // Addrs unused: see addrs
	conn     p2p.Conn // of the last Up, nil unless up
	given    []string // from the user or a former run, newest first
	told     []string // the peer's own word, once proven
	hearsay  []string // from mDNS and other members, newest first
	failures int      // attempts in a row that reached nobody
	barred   time.Time
	forgiven time.Time // when it will have kept to the rules for as long as it was kept out
	dialling bool
	want     *bool // as Want said; nil if it did not
}

// addrs lists where to try the peer: its own word first.
func (e *entry) addrs() []string {
	var out []string
	for _, list := range [][]string{e.told, e.given, e.hearsay} {
		for _, a := range list {
			if len(out) < maxAddrs && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// prepend puts the addresses in front of list, without doubles, and forgets
// the oldest above maxAddrs. It says whether one of them was new.
func prepend(list *[]string, addrs []string) (news bool) {
	var out []string
	for _, a := range slices.Concat(addrs, *list) {
		if len(out) < maxAddrs && !slices.Contains(out, a) {
			news = news || !slices.Contains(*list, a)
			out = append(out, a)
		}
	}
	*list = out
	return news
}

// become enters a state; Since moves only when it is another one.
func (e *entry) become(s p2p.State, reason string, now time.Time) {
	if e.peer.State != s {
		e.peer.Since = now
	}
	e.peer.State, e.peer.Reason = s, p2p.Clean(reason)
}

// snapshot is what is told of the peer.
func (e *entry) snapshot(wanted bool) p2p.Peer {
	p := e.peer
	p.Addrs = e.addrs()
	if p.State == p2p.StateUp || !wanted || len(p.Addrs) == 0 {
		p.Next = time.Time{}
	}
	return p
}
