package shape

import "maps"

// Overlay is the JSON to put so that a document, given as JSON with $-tags,
// says now where it said was: everything else stays as it is. No JSON is a
// document that does not exist; without was, or where the document does not
// have the shape that was has, now is all there will be.
func (s *Shape) Overlay(typed []byte, was, now Tree) ([]byte, error) {
	if len(typed) == 0 || !was.there {
		return print(now.value)
	}
	raw, err := parse(typed)
	if err != nil {
		return nil, err
	}
	return print(s.overlay(raw, was.value, now.value))
}

// overlay is raw, which read as was, with what is different in now.
func (s *Shape) overlay(raw, was, now any) any {
	if equal(was, now) {
		return raw
	}
	switch s.kind {
	case pointer:
		return s.elem.overlay(raw, was, now)
	case counter, set, text:
		if _, ok := raw.(map[string]any); !ok && raw != nil {
			return untag(now) // it is of another type, and keeps that
		}
	case whole:
		if !isRegister(raw) {
			return untag(now)
		}
		raw, ok1 := tagged(raw, registerTag)
		was, ok2 := tagged(was, registerTag)
		if inner, ok := tagged(now, registerTag); ok && ok1 && ok2 {
			return register(s.elem.overlay(raw, was, inner))
		}
	case object, mapping:
		if raw, was, now, ok := three[map[string]any](untag(raw), was, now); ok && s.kind == object {
			return s.overlayObject(raw, was, now)
		} else if ok {
			return s.elem.overlayMap(raw, was, now)
		}
	case list:
		if raw, was, now, ok := three[[]any](untag(raw), was, now); ok && len(raw) == len(was) {
			return s.elem.overlayList(raw, was, now)
		}
	case anything: // a map or list of anything
		if raw, was, now, ok := three[map[string]any](untag(raw), was, now); ok {
			return s.overlayMap(raw, was, now)
		}
		if raw, was, now, ok := three[[]any](untag(raw), was, now); ok && len(raw) == len(was) {
			return s.overlayList(raw, was, now)
		}
	}
	return now
}

// three reports whether all of three values are of one type.
func three[T any](a, b, c any) (x, y, z T, ok bool) {
	x, ok1 := a.(T)
	y, ok2 := b.(T)
	z, ok3 := c.(T)
	return x, y, z, ok1 && ok2 && ok3
}

// overlayObject goes through the fields that the type names; the others stay.
func (s *Shape) overlayObject(raw, was, now map[string]any) any {
	out := maps.Clone(raw)
	for i := range s.members {
		m := &s.members[i]
		before, hadBefore := was[m.name]
		after, hasAfter := now[m.name]
		if hadBefore == hasAfter && equal(before, after) {
			continue
		}
		have, there := raw[m.name]
		left, leave := after.(omitted)
		switch {
		case !hasAfter:
			delete(out, m.name)
		case leave && !there:
		case leave && !m.shape.gathers():
			delete(out, m.name)
		case leave:
			out[m.name] = m.shape.over(have, there, before, left.value)
		default:
			out[m.name] = m.shape.over(have, there, before, after)
		}
	}
	return out
}

// over is overlay where the document may have nothing.
func (s *Shape) over(raw any, there bool, was, now any) any {
	if !there || was == nil {
		return now
	}
	if o, ok := was.(omitted); ok {
		was = o.value
	}
	return s.overlay(raw, was, now)
}

// gathers reports whether what is empty is something else than what is removed:
// others may be adding to it.
func (s *Shape) gathers() bool {
	switch s.kind {
	case counter, set, text, list, mapping:
		return true
	}
	return false
}

// overlayMap makes a map whose values are of shape s. It goes through all
// keys, for a map has no others.
func (s *Shape) overlayMap(raw, was, now map[string]any) any {
	out := make(map[string]any, len(now))
	for name, after := range now {
		have, there := raw[name]
		before, had := was[name]
		out[name] = s.over(have, there && had, before, after)
	}
	return out
}
