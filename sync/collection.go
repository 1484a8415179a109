package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// collection is what one session knows about one collection.
type collection struct {
	counted bool // how far this replica has counted was told
	name    string
	active  bool // listed in Session.active

	// Opening.
	opened       *opening            // what this side announced; nil when it did not
	openHeard    bool                // the peer announced it
	shown        bool                // the peer knows what this side knows
	ready        bool                // theirs is valid
	sketched     *crdt.VersionVector // what this side has shown a sketch of
	heardVectors bool                // the peer has shown one
	common       crdt.Knowledge      // what both sketches hold
	declined     string              // why nothing of it is exchanged, as Status.Why; or ""

	// What is exchanged: what this side wants, and what of that the peer does.
	wanted, within []KeyRange
	narrowed       bool // the peer wants other keys than this side

	// What each side has. mine is as of the last look at the store; theirs is
	// what the peer has shown or must hold; known adds the frames in flight.
	// heads is how far the peer holds signed heads.
	mine, theirs, known crdt.Knowledge
	heads               crdt.VersionVector

	// Sending.
	dirty   bool // mine may have grown since the last look
	drain   *drain
	sent    uint64 // number of the last frame
	flights []flight
	skips   int    // frames in a row that did not fit
	astray  uint64 // frames up to this one were sent before that was known
	resync  bool   // a frame did not fit: nothing is sent until the peer shows its knowledge

	dueAsked    int    // buckets of a due that is not answered
	comparisons uint64 // begun
	rehash      rehash
	passed      []KeyRange // by the last drain, and by the next ones until they are tried again

	// Receiving.
	heardSketch *compared // the last one

	heard   uint64   // number of the last frame
	done    uint64   // number of the last frame dealt with
	arrived []*merge // not committed yet, in order
	unfit   int      // frames that were of no use since one brought something
	weight  int      // vector entries of theirs and what counts as some, at most

	refusedHere  refusals // from the peer
	refusedThere refusals // by the peer
	everRefused  bool     // by the peer, in this session

	// Counting.
	ahead   Count // beyond the documents in flight and in drain
	told    Count // what the peer was last told of ahead
	behind  Count // beyond the documents in arrived
	recount bool

	lazy  lazy
	timed bool // listed in Session.timed
	part  part // of a drain, that the peer has asked for
	far   bool // this side lacks more than FarBehind documents that the peer is sending
	fed   bool // the peer sends more than one frame's worth

	verify verify
	runs   runs
	mends  mends
	inStep bool
	live   bool // it has been in step
	quiet  bool // nothing has happened since the last tick
}

// opening is what an open message said of this side.
type opening struct {
	knowledge crdt.Knowledge
	hash      [16]byte
}

// flight is a frame sent and not yet acknowledged.
type flight struct {
	seq          uint64
	from, to     string
	base, vector crdt.VersionVector
	documents    int
	reduced      []string // keys of those that did not go whole, in order
	cost         int
}

// merge is a frame received and not yet committed.
type merge struct {
	id         uint64
	collection *collection
	frame      Frame
	seq        uint64
	cost       int
	last       bool // nothing more was on its way behind it
	known      bool // all of it was here when it arrived
	given      bool // out to be merged; not while paused here
}

// learn notes that the peer holds vector for the keys [from, to).
func (c *collection) learn(from, to string, base, vector crdt.VersionVector) {
	c.theirs = c.theirs.Raise(from, to, base, vector)
	c.known = c.known.Raise(from, to, base, vector)
}

// settled reports whether both sides know the same and nothing is under way.
func (c *collection) settled() bool {
	return c.idle() && c.theirs.Equal(c.mine)
}

// idle reports whether nothing is under way.
func (c *collection) idle() bool {
	return c.ready && !c.dirty && c.drain == nil && len(c.flights) == 0 && len(c.arrived) == 0 && !c.resync
}

func (c *collection) stopDrain() {
	if c.drain != nil {
		c.drain.view.Close()
		c.drain, c.rehash = nil, rehashMaybe
		c.dirty, c.ahead = true, CountUnknown
	}
}

func (c *collection) release() {
	c.stopDrain()
	c.verify.walk.release()
}

// keyWeighs is how many bytes of a key that the peer has chosen count for as
// much as a vector entry.
const keyWeighs = 32

// reweigh counts what is remembered about the collection on the peer's word:
// vector entries, signed heads that went ahead of them, and ends of ranges. What
// ranges share counts once, but is looked for only when it matters: that visits
// all entries.
func (s *Session) reweigh(c *collection) error {
	entries := 0
	for _, r := range c.theirs.Ranges() {
		entries += r.Vector.Len()
	}
	s.setWeight(c, entries+c.besides())
	if s.entries <= s.limits.Entries {
		return nil
	}
	s.setWeight(c, c.theirs.Weight()+c.besides())
	for _, o := range s.order {
		if s.entries <= s.limits.Entries {
			return nil
		}
		s.setWeight(o, o.theirs.Weight()+o.besides())
	}
	if s.entries > s.limits.Entries {
		return ends(ReasonTooMany, "%d vector entries in one session", s.entries)
	}
	return nil
}

func (s *Session) setWeight(c *collection, n int) {
	s.entries += n - c.weight
	c.weight = n
}

// besides counts what is remembered besides the entries of vectors.
func (c *collection) besides() int {
	n := max(0, c.heads.Len()-largest(c.theirs).Len())
	for _, r := range c.theirs.Ranges() {
		n += 1 + len(r.From)/keyWeighs
	}
	for _, r := range c.within {
		n += (len(r.From) + len(r.To)) / keyWeighs
	}
	return n
}
