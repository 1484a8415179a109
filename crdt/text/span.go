package text

// Rows of characters in the walker: those of the graph, and from under on the
// characters of the text as it was where the walk began, by position.
const (
	nowhere int32 = -1 // the origin at either end of the text
	under   int32 = 1 << 30
)

// span is a run of characters that the walker treats alike. The left origin
// of each but the first is the one before it.
type span struct {
	row, n      int32
	left, right int32 // origins of the first; all have the right one
	state       int32 // at the walker's version: 0 not inserted, 1 visible, more: times deleted and 1
	gone        bool  // deleted in the text as it is now
}

func (s *span) last() int32 { return s.row + s.n - 1 }

func (s *span) holds(row int32) bool { return row >= s.row && row < s.row+s.n }

// count is what a span, leaf or branch adds to a position.
type count struct {
	seen int32 // visible at the walker's version
	now  int32 // visible in the text as it is now
	old  int32 // characters of the text where the walk began
}

func (c *count) add(o count) { c.seen, c.now, c.old = c.seen+o.seen, c.now+o.now, c.old+o.old }

func (c *count) sub(o count) { c.seen, c.now, c.old = c.seen-o.seen, c.now-o.now, c.old-o.old }

func (s *span) count() (c count) {
	if s.state == 1 {
		c.seen = s.n
	}
	if !s.gone {
		c.now = s.n
	}
	if s.row >= under {
		c.old = s.n
	}
	return c
}

// split cuts s before its k-th character and returns the rest.
func (s *span) split(k int32) span {
	rest := *s
	rest.row, rest.n, rest.left = s.row+k, s.n-k, s.row+k-1
	s.n = k
	return rest
}

// joins reports whether next, just typed after s, is part of the same run. As
// its left origin, s is visible at the walker's version.
func (s *span) joins(next span) bool {
	return next.row == s.row+s.n && next.left == s.last() && next.right == s.right &&
		next.row < under && s.gone == next.gone
}
