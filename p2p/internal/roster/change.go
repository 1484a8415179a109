package roster

import (
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// Add makes a peer known by addresses that the user vouches for: it is tried
// now, and no longer kept out.
func (r *Roster) Add(peer string, addrs []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(peer)
	if e == nil {
		return
	}
	prepend(&e.given, addrs)
	e.failures, e.peer.Failed, e.barred = 0, 0, time.Time{}
	if e.peer.State != p2p.StateUp { // due when it is wanted
		e.peer.Next = time.Now()
		r.poke()
	}
}

// Hear notes addresses that nobody vouches for: from mDNS, or from a member
// about a third. Only new ones end the wait.
func (r *Roster) Hear(peer string, addrs []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(peer)
	if e == nil || !prepend(&e.hearsay, addrs) {
		return
	}
	r.queue.Push(p2p.Event{Kind: p2p.Heard, Peer: peer, Addrs: slices.Clone(addrs[:min(len(addrs), maxAddrs)])})
	if e.peer.State != p2p.StateUp && !time.Now().Before(e.barred) {
		e.failures, e.peer.Next = 0, time.Now()
		r.poke()
	}
}

// Want is for p2p.Network.Want; addrs are hearsay.
func (r *Roster) Want(peer string, wanted bool, addrs []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.poke()
	if peer == "" {
		r.unasked = wanted
		return
	}
	e := r.entry(peer)
	if e == nil {
		return
	}
	prepend(&e.hearsay, addrs)
	e.want = &wanted
}

// wanted tells whether to try a peer.
func (r *Roster) wanted(e *entry) bool {
	if e.want == nil {
		return r.unasked
	}
	return *e.want
}

// Tell replaces the addresses of a member by its own word, and says if that
// is news.
func (r *Roster) Tell(peer string, addrs []string) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(peer)
	if e == nil || len(addrs) == 0 {
		return false
	}
	addrs = addrs[:min(len(addrs), maxAddrs)]
	if slices.Equal(e.told, addrs) {
		return false
	}
	e.told = slices.Clone(addrs)
	r.queue.Push(p2p.Event{Kind: p2p.Learned, Peer: peer, Addrs: slices.Clone(addrs)})
	return true
}

// Up notes that conn to a member is open. It returns the Conn that it takes
// the place of, if there is one, after reporting that one's Down; the caller
// closes it.
func (r *Roster) Up(peer string, conn p2p.Conn) (replaced p2p.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(peer)
	if e == nil {
		return nil
	}
	if replaced = e.conn; replaced != nil {
		r.queue.Push(p2p.Event{Kind: p2p.Down, Peer: peer, Reason: p2p.ReasonReplaced})
		e.peer.Since = time.Now()
	}
	e.conn, e.peer.Member, e.barred = conn, true, time.Time{}
	e.become(p2p.StateUp, "", time.Now())
	r.queue.Push(p2p.Event{Kind: p2p.Up, Peer: peer, Conn: conn})
	return replaced
}

// Down notes that conn has ended, and whether it had brought a message. It does
// nothing when conn is not, or no longer, the one of the last Up.
//
// A Conn that ended soon is a failure, so that a peer which accepts and drops
// at once, or has its reasons to say goodbye, is tried less and less often. But
// where connections break and each gets something through, waiting longer each
// time would be standing still: see Options.settle. One that did not answer is a
// failure however long that took to be noticed.
func (r *Roster) Down(peer string, conn p2p.Conn, heard bool, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[peer]
	if !ok || e.conn == nil || e.conn != conn {
		return
	}
	now := time.Now()
	if reason != p2p.ReasonMute {
		e.failures = r.opts.settle(e.failures, now.Sub(e.peer.Since), heard && reason == p2p.ReasonLost)
	}
	r.down(e, reason, now)
	if !r.wanted(e) { // as it was to be: no failure
		e.peer.Next = now
	} else {
		e.retry(r.opts, now)
	}
	r.poke()
}

func (r *Roster) down(e *entry, reason string, now time.Time) {
	e.conn = nil
	e.become(p2p.StateDown, reason, now)
	r.queue.Push(p2p.Event{Kind: p2p.Down, Peer: e.peer.ID, Reason: e.peer.Reason})
}

// Refuse notes that the peer and we do not belong together and keeps it out,
// longer each time. It returns the open Conn, if there is one, after reporting
// its Down; the caller closes it.
func (r *Roster) Refuse(peer, reason string) (open p2p.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entry(peer)
	if e == nil {
		return nil
	}
	now := time.Now()
	if open = e.conn; open != nil {
		r.down(e, reason, now)
	}
	if now.After(e.forgiven) { // proving the secret is not enough
		e.peer.Failed = 0
	}
	e.peer.Failed++
	wait := r.opts.Refusal.Delay(e.peer.Failed, r.opts.Jitter())
	e.barred = now.Add(wait)
	e.forgiven = e.barred.Add(wait)
	e.peer.Next = e.barred
	e.become(p2p.StateRefused, reason, now)
	r.queue.Push(p2p.Event{Kind: p2p.Refused, Peer: peer, Reason: e.peer.Reason})
	return open
}

// Unreachable notes that an attempt at addrs reached nobody. A peer that was
// refused stays so: silence does not make it ours.
func (r *Roster) Unreachable(peer string, addrs []string, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[peer]
	if !ok || e.peer.State == p2p.StateUp {
		return
	}
	now := time.Now()
	e.retry(r.opts, now)
	if e.failures > hopeless && !e.peer.Member && len(e.given) == 0 && e.want == nil {
		delete(r.entries, peer) // somebody made it up, or it is long gone
		return
	}
	if e.peer.State == p2p.StateRefused {
		return
	}
	e.become(p2p.StateDown, reason, now)
	r.queue.Push(p2p.Event{Kind: p2p.Unreachable, Peer: peer, Addrs: addrs, Reason: e.peer.Reason})
}

// retry schedules the next attempt after one more failure.
func (e *entry) retry(o Options, now time.Time) {
	e.failures++
	e.peer.Next = now.Add(o.Dial.Delay(e.failures, o.Jitter()))
	if e.peer.Next.Before(e.barred) {
		e.peer.Next = e.barred
	}
}

// Hurry ends the wait of every peer that is down, not of those kept out: the
// network changed, so what failed may work now.
func (r *Roster) Hurry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, e := range r.entries {
		if e.peer.State != p2p.StateUp && !now.Before(e.barred) {
			e.failures, e.peer.Next = 0, now
		}
	}
	r.poke()
}
