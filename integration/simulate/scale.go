package main

import "math"

// fewDecades is how wide a logarithmic axis may be to have ticks between powers
// of ten.
const fewDecades = 1000

// scale maps values to pixels.
type scale struct {
	log      bool
	from, to float64 // values
	a, b     float64 // their pixels
	lines    int     // about so many ticks, when it is linear
}

// newScale spans all values: from zero, or between two round ones when it is
// logarithmic. What is not positive has no logarithm, and is drawn at the edge.
func newScale(x axis, a, b float64, values []float64) scale {
	s := scale{log: x.Log, a: a, b: b, lines: 6}
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !x.Log || v > 0 {
			least, most = min(least, v), max(most, v)
		}
	}
	switch {
	case math.IsInf(least, 1):
		s.from, s.to = 0, 1
		if x.Log {
			s.from, s.to = 1, 10
		}
	case x.Log:
		if s.from, s.to = below(least), above(most); s.to/s.from > fewDecades {
			s.from, s.to = math.Pow(10, math.Floor(math.Log10(s.from)+1e-9)), math.Pow(10, math.Ceil(math.Log10(s.to)-1e-9))
		}
		if s.from == s.to {
			s.to = s.from * 10
		}
	default:
		s.from = min(0, least)
		step := stepOf(most-s.from, s.lines)
		s.to = s.from + math.Ceil((most-s.from)/step)*step
		if s.to == s.from {
			s.to = s.from + 1
		}
	}
	return s
}

// below and above are the next 1, 2 or 5 times a power of ten.
func below(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)*(1+1e-12)))
	for _, f := range []float64{5, 2} {
		if v >= f*base*(1-1e-9) {
			return f * base
		}
	}
	return base
}

func above(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*base*(1+1e-9) {
			return f * base
		}
	}
	return 10 * base
}

// stepOf is a round distance that divides span into about n.
func stepOf(span float64, n int) float64 {
	if span <= 0 {
		return 1
	}
	return above(span / float64(n))
}

// at is the pixel of a value.
func (s scale) at(v float64) float64 {
	from, to := s.from, s.to
	if s.log {
		v, from, to = math.Log10(max(v, s.from)), math.Log10(s.from), math.Log10(s.to)
	}
	return s.a + (v-from)/(to-from)*(s.b-s.a)
}

// ticks are the values that are written at the axis: powers of ten, with what
// is between them where there are few.
func (s scale) ticks() (all []float64) {
	if !s.log {
		step := stepOf(s.to-s.from, s.lines)
		for i := 0; s.from+float64(i)*step <= s.to*(1+1e-9); i++ {
			all = append(all, s.from+float64(i)*step)
		}
		return all
	}
	factors := []float64{1}
	if s.to/s.from <= fewDecades {
		factors = []float64{1, 2, 5}
	}
	for base := math.Pow(10, math.Floor(math.Log10(s.from)+1e-9)); base <= s.to; base *= 10 {
		for _, f := range factors {
			if v := f * base; v >= s.from*(1-1e-9) && v <= s.to*(1+1e-9) {
				all = append(all, v)
			}
		}
	}
	return all
}
