package crdttest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/position"
)

// sight is what is alive at one path and below: a specification of what is
// shown of it, slow, and without a thought for bytes.
type sight struct {
	content  *Content
	path     crdt.Pointer // with the names of elements
	kinds    map[crdt.Kind][]crdt.Entry
	fields   map[string][]crdt.Entry
	elements map[string][]crdt.Entry
	places   []crdt.Entry // of the element that this is

	looked map[string]*sight // what was asked for of what is below
	shown  []crdt.Kind       // what seen has found, if it was asked
	asked  bool
}

// all is everything that is alive.
func (c *Content) all() *sight {
	if c.sight == nil {
		c.sight = c.look(nil, c.entries())
	}
	return c.sight
}

// look sorts live entries, whose paths begin with path, by where they are.
func (c *Content) look(path crdt.Pointer, entries []crdt.Entry) *sight {
	s := &sight{content: c, path: path, kinds: map[crdt.Kind][]crdt.Entry{}, fields: map[string][]crdt.Entry{}, elements: map[string][]crdt.Entry{}}
	for _, e := range entries {
		switch rest := e.Path[len(path):]; {
		case len(rest) == 0 && isPlace(e):
			s.places = append(s.places, e)
		case len(rest) == 0:
			s.kinds[e.Kind] = append(s.kinds[e.Kind], e)
		case isElement(rest[0]):
			s.elements[rest[0]] = append(s.elements[rest[0]], e)
		default:
			s.fields[rest[0]] = append(s.fields[rest[0]], e)
		}
	}
	return s
}

// below is what is alive in a field or element.
func (s *sight) below(token string) *sight {
	if b := s.looked[token]; b != nil {
		return b
	}
	entries := s.fields[token]
	if isElement(token) {
		entries = s.elements[token]
	}
	b := s.content.look(append(slices.Clone(s.path), token), entries)
	if s.looked == nil {
		s.looked = map[string]*sight{}
	}
	s.looked[token] = b
	return b
}

// exists reports whether there is anything here or below: that an element was
// moved is nothing.
func (s *sight) exists() bool { return len(s.seen()) > 0 }

// order breaks the tie of kinds that are equally new.
var order = map[crdt.Kind]int{
	crdt.KindMap: 1, crdt.KindList: 2, crdt.KindText: 3, crdt.KindSet: 4, crdt.KindCounter: 5, crdt.KindRegister: 6,
}

// seen is the kinds that exist here, the shown one first: the one that anything
// in it is newest of.
func (s *sight) seen() []crdt.Kind {
	if !s.asked {
		s.shown, s.asked = s.sorted(), true
	}
	return s.shown
}

func (s *sight) sorted() []crdt.Kind {
	newest := map[crdt.Kind]crdt.Timestamp{}
	exists := map[crdt.Kind]bool{}
	note := func(k crdt.Kind, entries []crdt.Entry) {
		for _, e := range entries {
			newest[k] = max(newest[k], e.Time)
		}
	}
	for k, entries := range s.kinds {
		note(k, entries)
		exists[k] = true
	}
	for name, entries := range s.fields {
		note(crdt.KindMap, entries)
		exists[crdt.KindMap] = exists[crdt.KindMap] || s.below(name).exists()
	}
	for name, entries := range s.elements {
		note(crdt.KindList, entries)
		exists[crdt.KindList] = exists[crdt.KindList] || s.below(name).exists()
	}
	maps.DeleteFunc(newest, func(k crdt.Kind, _ crdt.Timestamp) bool { return !exists[k] })
	return slices.SortedFunc(maps.Keys(newest), func(a, b crdt.Kind) int {
		return cmp.Or(cmp.Compare(newest[b], newest[a]), cmp.Compare(order[a], order[b]))
	})
}

// list is the elements that exist, in order: each at the newest of its places,
// or, if it has none, where it was inserted.
func (s *sight) list() (all []*sight) {
	for name := range s.elements {
		if e := s.below(name); e.exists() {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *sight) int {
		return cmp.Or(position.Compare(a.at(), b.at()), position.Compare(a.origin(), b.origin()))
	})
	return all
}

func (s *sight) at() position.Position {
	if len(s.places) > 0 {
		return slices.MaxFunc(s.places, later).At
	}
	return s.origin()
}

func (s *sight) origin() position.Position { return s.content.history.origins[s.path[len(s.path)-1]] }

// Show says what plain JSON must show: numbers as *big.Float, everything else
// as encoding/json decodes it. ok is false when nothing is to be shown.
func (c *Content) Show() (shown any, ok bool) { return c.all().show() }

func (s *sight) show() (shown any, ok bool) {
	kinds := s.seen()
	if len(kinds) == 0 {
		return nil, false
	}
	switch k := kinds[0]; k {
	case crdt.KindMap:
		object := map[string]any{}
		for name := range s.fields {
			if v, ok := s.below(name).show(); ok {
				object[name] = v
			}
		}
		return object, true
	case crdt.KindList:
		array := []any{}
		for _, e := range s.list() {
			v, _ := e.show()
			array = append(array, v)
		}
		return array, true
	case crdt.KindText:
		text, _, err := s.content.text(s.path.String())
		must(err)
		return text, true
	case crdt.KindRegister:
		return value(slices.MaxFunc(s.kinds[k], later).Value), true
	case crdt.KindCounter:
		return count(s.kinds[k]), true
	}
	return elements(s.kinds[crdt.KindSet]), true
}

// Conflicts says which conflicts there must be: the path, a space, and the kind
// of each, in any order.
func (c *Content) Conflicts() (all []string) {
	c.all().conflicts("", func(path, kind string) { all = append(all, path+" "+kind) })
	return all
}

func (s *sight) conflicts(path string, found func(path, kind string)) {
	kinds := s.seen()
	if len(kinds) == 0 {
		return
	}
	if kind := s.conflict(kinds); kind != "" {
		found(path, kind)
	}
	switch kinds[0] {
	case crdt.KindMap:
		for name := range s.fields {
			s.below(name).conflicts(path+crdt.Pointer{name}.String(), found)
		}
	case crdt.KindList:
		for i, e := range s.list() {
			e.conflicts(path+"/"+strconv.Itoa(i), found)
		}
	}
}

// conflict is the one about what is here, or "".
func (s *sight) conflict(kinds []crdt.Kind) string {
	if len(kinds) > 1 {
		return crdt.ConflictType
	}
	entries := s.kinds[kinds[0]]
	present := true
	switch kinds[0] {
	case crdt.KindRegister:
		for _, e := range entries {
			if fmt.Sprint(spelled(e.Value)) != fmt.Sprint(spelled(entries[0].Value)) {
				return crdt.ConflictValue
			}
		}
	case crdt.KindMap, crdt.KindList, crdt.KindText, crdt.KindCounter:
		present = slices.ContainsFunc(entries, func(e crdt.Entry) bool { return e.Value == "\xf6" })
	case crdt.KindSet:
		present = slices.ContainsFunc(entries, func(e crdt.Entry) bool { return e.Value == "\x80" })
	}
	isElement := len(s.path) > 0 && isElement(s.path[len(s.path)-1])
	if !present || isElement && len(s.places) == 0 {
		return crdt.ConflictEditedWhileRemoved
	}
	return ""
}
