package text

import (
	"fmt"
	"unicode/utf8"
)

type kind uint8

const (
	insert   kind = iota // at pos, then pos+1, …
	forward              // deletes at pos, again and again
	backward             // deletes at pos, then pos-1, …
)

// op is a run of consecutive events of one chain that do the same, as one row.
// A single deletion is forward.
type op struct {
	at, n     int32 // first event and number of events
	pos       int32 // position of the first event, at its version
	off, size int32 // UTF-8 inserted, in the text column; ASCII if size == n
	kind      kind
}

func (o op) end() int32 { return o.at + o.n }

// cut is the events a to b (exclusive, counted within the run) as a run.
func (o op) cut(text []byte, a, b int32) op {
	if a == 0 && b == o.n {
		return o
	}
	switch o.kind {
	case insert:
		skip := width(text[o.off:o.off+o.size], o.n, a)
		rest := text[o.off+skip : o.off+o.size]
		o.off, o.size = o.off+skip, width(rest, o.n-a, b-a)
		o.pos += a
	case backward:
		o.pos -= a
		if b-a == 1 {
			o.kind = forward
		}
	}
	o.at, o.n = o.at+a, b-a
	return o
}

// within is the part of o between the rows lo and hi.
func (o op) within(text []byte, lo, hi int32) op {
	return o.cut(text, lo-o.at, min(hi, o.end())-o.at)
}

// width is the number of bytes of the first k of the n code points of s.
func width(s []byte, n, k int32) int32 {
	switch {
	case k == n:
		return int32(len(s))
	case int(n) == len(s):
		return k
	}
	w := 0
	for ; k > 0; k-- {
		_, size := utf8.DecodeRune(s[w:])
		w += size
	}
	return int32(w)
}

// extend grows o by the first events of next, which follows it in the same
// chain, and returns how many it took. Runs grow event by event, so that equal
// events are equal rows however they were cut before.
func (o *op) extend(next op) int32 {
	took := int32(0)
	switch {
	case o.kind == insert && next.kind == insert:
		if next.pos == o.pos+o.n {
			took = next.n
			o.size += next.size
		}
	case o.kind == insert || next.kind == insert:
	case o.kind == forward && next.pos == o.pos:
		if took = 1; next.kind == forward {
			took = next.n
		}
	case (o.kind == backward || o.n == 1) && next.pos == o.pos-o.n:
		if took = 1; next.kind == backward || next.n == 1 {
			took = next.n
		}
		o.kind = backward
	}
	o.n += took
	return took
}

// cursor is where the author's cursor is expected after the run.
func (o op) cursor() int32 {
	switch o.kind {
	case insert:
		return o.pos + o.n
	case backward:
		return o.pos - o.n + 1
	}
	return o.pos
}

// from is where the author's cursor was expected before the run.
func (o op) from() int32 {
	if o.kind == backward {
		return o.pos + 1
	}
	return o.pos
}

// fits tells whether o can be carried out on a text of n characters.
func (c *columns) fits(o op, n int32) error {
	ok := o.pos <= n
	switch o.kind {
	case forward:
		ok = o.pos <= n && o.n <= n-o.pos
	case backward:
		ok = o.pos < n && o.n <= o.pos+1
	}
	if !ok {
		return fmt.Errorf("%w: %s at %d of %d", ErrPosition, c.id(o.at), o.pos, n)
	}
	return nil
}
