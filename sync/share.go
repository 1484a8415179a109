package antientropy

const (
	// FarBehind is how many documents a replica must lack for it to be worth
	// while that several peers feed it at once.
	FarBehind Count = 4096
	// MaxParts bounds Share.Parts.
	MaxParts = 64

	// shareWindow is which part of the window a shared drain uses: what is on its
	// way from others is not known, and would be sent twice.
	shareWindow = 8
)

// share asks to begin a drain at part Part of Parts of the sender's documents.
type share struct {
	_           struct{} `cbor:",toarray"`
	Collection  string
	Part, Parts int
}

func (*share) kind() kind { return kindShare }

// part is what the peer has asked for with a share.
type part struct {
	part, parts int // 0 parts: nothing was asked
	begun       bool
}

// askShare tells the peer where to begin.
func (s *Session) askShare(in Share) error {
	c := s.collections[in.Collection]
	if c == nil || !c.ready || !c.shown || c.declined != "" || in.Part < 0 || in.Part >= in.Parts || in.Parts > MaxParts {
		return nil
	}
	return s.send(&share{Collection: c.name, Part: in.Part, Parts: in.Parts})
}

// onShare begins at the part that is asked for, the first time; later ones only
// say who else is feeding the peer.
func (s *Session) onShare(m *share) error {
	c, err := s.met(m.Collection, "share")
	if err != nil {
		return err
	}
	if m.Part < 0 || m.Part >= m.Parts || m.Parts > MaxParts {
		return bad("share %d of %d", m.Part, m.Parts)
	}
	c.part.part, c.part.parts = m.Part, m.Parts
	if c.drain == nil {
		c.part = part{}
		return nil
	}
	return s.startPart(c)
}

// startPart lets a drain begin, or go on, as one of several.
func (s *Session) startPart(c *collection) error {
	d := c.drain
	if c.part.parts == 0 || d.comparison != nil {
		return nil
	}
	if d.shared == nil {
		starts, err := d.view.Split(splitParts)
		if err != nil {
			return failed("split "+c.name, err)
		}
		d.shared, d.rest = &shared{starts: starts}, CountMany
	}
	d.shared.part, d.shared.parts = c.part.part, c.part.parts
	if !c.part.begun {
		c.part.begun = true
		d.seek(d.shared.begin())
	}
	return nil
}

// far tells when it becomes worth while to be fed by several, and when the peer
// has nothing more to send.
func (s *Session) far(c *collection, left Count) {
	if is := left > FarBehind || c.far && left > 0; is != c.far {
		c.far = is
		s.emit(Far{c.name, is})
	}
}
