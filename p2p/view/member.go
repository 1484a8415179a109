package view

import "time"

// want is what a connection to a member is wanted for.
type want uint8

const (
	nothing want = iota
	neighbour
	visitor // to visit it
)

// link is what has become of the connection to a member.
type link uint8

const (
	none    link = iota
	open         // nobody has asked
	asked        // we have
	joined       // neighbours
	guest        // one visits the other
	parting      // we have told it to go
)

// member is what a View knows of one peer.
type member struct {
	peer     string
	addrs    []string
	want     want
	tried    bool // Connect was said, and no Disconnect since
	force    bool // somebody has to go if it accepts
	link     link
	since    time.Time // when link became so
	sought   time.Time // when Connect was said
	until    time.Time // when a visit is over
	held     time.Time // a visit that the owner asked for lasts so long
	failures int       // attempts in a row that reached nobody
	refusals int       // requests in a row that it had no room for
	rest     time.Time // it is not asked before
	budget   budget
}

// become changes the link.
func (m *member) become(l link, now time.Time) { m.link, m.since = l, now }

// passive tells whether the member is neither connected nor wanted.
func (m *member) passive() bool { return m.link == none && m.want == nothing }

// budget bounds what a member may make us pass on: maxBudget messages at once,
// budgetRate a second.
type budget struct {
	used float64
	at   time.Time
}

const (
	maxBudget  = 64
	budgetRate = 4
)

// take tells whether one more message is within the budget.
func (b *budget) take(now time.Time) bool {
	if !b.at.IsZero() {
		b.used = max(0, b.used-budgetRate*now.Sub(b.at).Seconds())
	}
	b.at = now
	if b.used+1 > maxBudget {
		return false
	}
	b.used++
	return true
}
