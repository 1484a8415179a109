package splice

// Run is a part of what a Splice makes: bytes of the source as they are, or
// new ones.
type Run struct {
	From, Len int
	New       []byte // not nil: these Len bytes, and From says nothing
}

// Splice makes a byte string of a source of a certain length. It is a value
// and never modified; it may share memory with what it was made of. The zero
// value makes nothing of nothing.
type Splice struct {
	source, length int
	runs           []Run
}

// Same keeps a source of n bytes as it is.
func Same(n int) Splice {
	b := builder{}
	b.copy(0, n)
	return b.splice(n)
}

// Source is the length of the source.
func (s Splice) Source() int { return s.source }

// Len is the length of what is made.
func (s Splice) Len() int { return s.length }

// Runs are the parts of what is made, in order. None is empty, and no two
// neighbours could be one. They must not be modified.
func (s Splice) Runs() []Run { return s.runs }

// Apply makes the byte string; the source must have the length Source.
func (s Splice) Apply(source []byte) []byte {
	if len(source) != s.source {
		panic("splice: applied to a source of another length") // what comes from outside passes Parse
	}
	out := make([]byte, 0, s.length)
	for _, r := range s.runs {
		if r.New != nil {
			out = append(out, r.New...)
		} else {
			out = append(out, source[r.From:r.From+r.Len]...)
		}
	}
	return out
}

// Then is s and then next, whose source is what s makes, in one.
func (s Splice) Then(next Splice) Splice {
	if next.source != s.length {
		panic("splice: joined with one of another source")
	}
	b := builder{runs: make([]Run, 0, len(s.runs)+len(next.runs))}
	i, at := 0, 0 // s.runs[i] makes the bytes from at on
	for _, r := range next.runs {
		if r.New != nil {
			b.insert(r.New)
			continue
		}
		for end := r.From + r.Len; r.From < end; {
			for at+s.runs[i].Len <= r.From {
				at += s.runs[i].Len
				i++
			}
			have := s.runs[i]
			skip := r.From - at
			n := min(have.Len-skip, end-r.From)
			if have.New != nil {
				b.insert(have.New[skip : skip+n])
			} else {
				b.copy(have.From+skip, n)
			}
			r.From += n
		}
	}
	return b.splice(s.source)
}

// Join is all of a chain in one: each is for what the one before makes. It
// takes time in proportion to their runs, times the logarithm of their number.
// The chain must not be empty.
func Join(chain []Splice) Splice {
	if len(chain) == 1 {
		return chain[0]
	}
	half := len(chain) / 2
	return Join(chain[:half]).Then(Join(chain[half:]))
}

// builder puts runs together.
type builder struct {
	runs   []Run
	length int
	owned  bool // the New of the last run is the builder's own
}

func (b *builder) copy(from, n int) {
	if n == 0 {
		return
	}
	b.length += n
	if i := len(b.runs) - 1; i >= 0 && b.runs[i].New == nil && b.runs[i].From+b.runs[i].Len == from {
		b.runs[i].Len += n
		return
	}
	b.runs = append(b.runs, Run{From: from, Len: n})
	b.owned = false
}

func (b *builder) insert(p []byte) {
	if len(p) == 0 {
		return
	}
	b.length += len(p)
	i := len(b.runs) - 1
	if i < 0 || b.runs[i].New == nil {
		b.runs = append(b.runs, Run{Len: len(p), New: p[:len(p):len(p)]})
		b.owned = false
		return
	}
	if !b.owned {
		b.runs[i].New = append(make([]byte, 0, 2*(b.runs[i].Len+len(p))), b.runs[i].New...)
		b.owned = true
	}
	b.runs[i].New = append(b.runs[i].New, p...)
	b.runs[i].Len += len(p)
}

func (b *builder) splice(source int) Splice {
	return Splice{source: source, length: b.length, runs: b.runs}
}
