package antientropy

import (
	"errors"
	"slices"
	"strings"
)

// Session is one side of the reconciliation between two connected peers: a
// state machine that is stepped by its owner and has no goroutine, clock,
// lock or store of its own. It is not safe for concurrent use. Nothing of it
// outlives the connection: what a peer has is asked anew each time.
type Session struct {
	config      Config
	limits      Limits
	features    []string // announced
	speak, hear wire
	out         []Output
	started     bool
	closed      bool
	peer        *hello // nil until it has introduced itself
	collections map[string]*collection
	told        map[string]bool   // collections of which the peer has told how far it counted
	brought     int               // of them, by the peer alone at first
	order       []*collection     // all of them, by name
	waiting     int               // in order: the one that InSync found last
	active      []*collection     // those that something happened to, or that are being sent, by name
	merges      map[uint64]*merge // given out, not yet committed
	nextMerge   uint64
	window      window // of the frames sent
	arriving    window // of the frames received
	pace        pace   // of the frames sent
	sparing     sparing
	entries     int   // vector entries remembered on the peer's word
	whole       whole // asked for by the peer
	pausedHere  bool
	pausedThere bool
	clock       clock
	latest      string // name of the collection that sent a frame last
	counters    Counters
	backlog     backlog
	timed       []*collection // those that have a timer running
}

// NewSession returns a session that waits for Start.
func NewSession(c Config) *Session {
	l := c.Limits.withDefaults()
	features := c.Features
	if features == nil {
		features = Features()
	}
	return &Session{
		config: c, limits: l, features: features[:min(len(features), maxFeatures)],
		speak: wire{limits: l}, hear: wire{limits: l},
		collections: map[string]*collection{},
		merges:      map[uint64]*merge{},
	}
}

// Step feeds one input and returns what is to be done, in order. After a
// Close output the session is over.
func (s *Session) Step(in Input) []Output {
	if s.closed {
		return nil
	}
	s.out = nil
	if _, ok := in.(Tick); !ok {
		s.clock.idle = false
	}
	err := s.take(in)
	if err == nil {
		err = s.pump()
	}
	if err != nil {
		s.finish(err)
	}
	return s.out
}

func (s *Session) take(in Input) error {
	switch in := in.(type) {
	case Start:
		return s.start()
	case Received:
		return s.received(in.Message)
	case Changed:
		return s.changed(in.Collection)
	case Committed:
		return s.committed(in)
	case Hashed:
		return s.hashed(in.Collection)
	case Tick:
		return s.tick(in.Now)
	case Pause:
		return s.pause(in.On)
	case Share:
		return s.askShare(in)
	case Ask:
		return s.askAbout(in)
	case Answer:
		return s.answerAbout(in)
	case Twin:
		return s.send(&twins{})
	case Urge:
		s.urge(in.Collection)
	case SyncNow:
		return s.syncNow()
	case Recount:
		return s.each(s.recount)
	case Backlog:
		s.backlog.bytes = in.Bytes
	case Next:
		s.sparing = sparing{}
	case Stop:
		if in.Reason == "" {
			in.Reason = ReasonStopped
		}
		return &ending{reason: in.Reason, detail: in.Detail}
	}
	return nil
}

// start introduces this node and opens every collection that it holds.
func (s *Session) start() error {
	if s.started {
		return nil
	}
	s.started = true
	h := &hello{
		Version: Version, Name: cutText(s.config.Name, maxText),
		BootNonce: s.config.BootNonce, Salt: s.config.Salt, Features: s.features, Replica: s.config.Self,
	}
	if err := s.send(h); err != nil {
		return err
	}
	if s.pausedHere {
		if err := s.send(&pause{On: true}); err != nil {
			return err
		}
	}
	for _, name := range s.config.Replica.Collections() {
		if err := s.changed(name); err != nil {
			return err
		}
	}
	return nil
}

// changed notes that a collection has grown here; one that the peer has not
// heard of yet is opened.
func (s *Session) changed(name string) error {
	c := s.collections[name]
	if c == nil {
		if !s.started || len(s.scope(name)) == 0 || len(s.collections)-s.brought >= s.limits.Collections {
			return nil
		}
		c = s.add(name)
		return s.open(c)
	}
	c.dirty, c.recount, c.quiet = true, true, false
	s.touch(c)
	return nil
}

func (s *Session) add(name string) *collection {
	c := &collection{name: name, ahead: CountUnknown, behind: CountUnknown}
	c.wanted = s.scope(name)
	c.within = c.wanted
	s.collections[name] = c
	s.order = insert(s.order, c)
	s.touch(c)
	return c
}

// touch makes sure that pump looks at the collection.
func (s *Session) touch(c *collection) {
	if !c.active {
		c.active = true
		s.active = insert(s.active, c)
	}
}

func insert(list []*collection, c *collection) []*collection {
	at, _ := slices.BinarySearchFunc(list, c.name, func(o *collection, name string) int {
		return strings.Compare(o.name, name)
	})
	return slices.Insert(list, at, c)
}

// each visits the collections in order of names.
func (s *Session) each(fn func(*collection) error) error {
	for _, c := range s.order {
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) view(name string) (View, error) {
	v, err := s.config.Replica.View(name)
	if err != nil {
		return nil, failed("open view of "+name, err)
	}
	if c := s.collections[name]; c != nil {
		v = scoped(v, c.within)
	}
	return v, nil
}

func (s *Session) emit(o Output) { s.out = append(s.out, o) }

func (s *Session) send(m message) error {
	b, err := s.speak.encode(m)
	if err == nil {
		s.emit(Send{b})
		s.backlog.bytes += len(b)
	}
	return err
}

// finish says goodbye and releases everything.
func (s *Session) finish(err error) {
	var e *ending
	if !errors.As(err, &e) {
		e = &ending{reason: ReasonStorage, detail: err.Error(), cause: err}
	}
	s.closed = true
	for _, c := range s.collections {
		c.release()
	}
	if !e.byPeer {
		m := &bye{Reason: e.reason, Detail: cutText(e.detail, maxText)}
		if e.cause != nil {
			m.Detail = ""
		}
		if b, err := s.speak.encode(m); err == nil {
			s.emit(Send{b})
		}
	}
	s.emit(Close{Reason: e.reason, Detail: e.detail, ByPeer: e.byPeer, Err: e.cause})
}
