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
	case object:
		raw, ok := untag(raw).(map[string]any)
		was, ok2 := was.(map[string]any)
		now, ok3 := now.(map[string]any)
		if ok && ok2 && ok3 {
			return s.overlayObject(raw, was, now)
		}
	case mapping:
		raw, ok := untag(raw).(map[string]any)
		was, ok2 := was.(map[string]any)
		now, ok3 := now.(map[string]any)
		if ok && ok2 && ok3 {
			return s.overlayMapping(raw, was, now)
		}
	case list:
		raw, ok := raw.([]any)
		was, ok2 := was.([]any)
		now, ok3 := now.([]any)
		if ok && ok2 && ok3 && len(raw) == len(was) {
			return s.elem.overlayList(raw, was, now)
		}
	}
	return now
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

// overlayMapping goes through all keys, for a map has no others.
func (s *Shape) overlayMapping(raw, was, now map[string]any) any {
	out := make(map[string]any, len(now))
	for name, after := range now {
		have, there := raw[name]
		before, had := was[name]
		if !had {
			there = false
		}
		out[name] = s.elem.over(have, there, before, after)
	}
	return out
}
