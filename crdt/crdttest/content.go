package crdttest

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Content is what a set of operations amounts to.
type Content struct {
	history *History
	live    map[crdt.Dot]crdt.Entry
	sight   *sight // of all of it, once it was looked at
}

// Has reports whether what has the dot is alive.
func (c *Content) Has(d crdt.Dot) bool {
	_, ok := c.live[d]
	return ok
}

// Len is how many dots are alive.
func (c *Content) Len() int { return len(c.live) }

// Check compares a document with the content: what is alive, the texts, what
// plain JSON shows, and the conflicts.
func (c *Content) Check(d *crdt.Document) error {
	got := entriesOf(d)
	for dot, want := range c.live {
		if e, ok := got[dot]; !ok {
			return fmt.Errorf("%s at %s is not there", dot, want.Path)
		} else if !sameEntry(e, want) {
			return fmt.Errorf("%s is %+v, the operations say %+v", dot, e, want)
		}
	}
	for dot, e := range got {
		if !c.Has(dot) {
			return fmt.Errorf("%s at %s is there, the operations say it is not", dot, e.Path)
		}
	}
	if err := c.checkTexts(d); err != nil {
		return err
	}
	if err := c.checkShown(d); err != nil {
		return err
	}
	return c.checkConflicts(d)
}

func (c *Content) checkTexts(d *crdt.Document) error {
	heads := map[string][]crdt.Dot{}
	for _, e := range c.live {
		if e.Kind == crdt.KindText {
			heads[e.Path.String()] = append(heads[e.Path.String()], e.Dot)
		}
	}
	for w := range d.Texts() {
		path := w.Path.String()
		if heads[path] == nil {
			return fmt.Errorf("a text at %s, the operations say there is none", path)
		}
		delete(heads, path)
		want, n, err := c.text(path)
		if err != nil {
			return fmt.Errorf("text at %s: %w", path, err)
		}
		if w.Content != want {
			return fmt.Errorf("the text at %s is %q, the operations say %q", path, w.Content, want)
		}
		if events, err := readEvents(w.Events); err != nil || len(events) != n {
			return fmt.Errorf("the text at %s has %d events, the operations say %d (%v)", path, len(events), n, err)
		}
	}
	for path := range heads {
		return fmt.Errorf("no text at %s, the operations say there is one", path)
	}
	return nil
}

// text is the content of the text at a path: what its live heads, and all
// events before them, make.
func (c *Content) text(path string) (content string, events int, err error) {
	var heads []crdt.Dot
	for _, e := range c.live {
		if isHead(e) && e.Path.String() == path {
			heads = append(heads, e.Dot)
		}
	}
	p := c.history.texts[path]
	if p == nil {
		return "", 0, nil
	}
	return p.show(heads)
}

// checkShown compares what plain JSON shows.
func (c *Content) checkShown(d *crdt.Document) error {
	want, ok := c.Show()
	if len(c.live) == 0 {
		if !d.IsEmpty() {
			return fmt.Errorf("the document is there, the operations say it is not")
		}
		return nil
	}
	if !ok { // nothing is left but places of elements that were moved while they were removed
		want = nil
	}
	text, err := crdt.AppendPlainJSON(nil, d.Canonical())
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	got, err := decodeJSON(text)
	if err != nil {
		return err
	}
	if !sameShown(got, want) {
		return fmt.Errorf("shown is %s, the operations say %v", text, want)
	}
	return nil
}

func (c *Content) checkConflicts(d *crdt.Document) error {
	var got []string
	for _, x := range d.Conflicts() {
		got = append(got, x.Path+" "+x.Kind)
	}
	want := c.Conflicts()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the conflicts are %q, the operations say %q", got, want)
	}
	if d.HasConflicts() != (len(got) > 0) {
		return fmt.Errorf("HasConflicts is %t with the conflicts %q", d.HasConflicts(), got)
	}
	return nil
}

// entries are all live entries, by dot.
func (c *Content) entries() []crdt.Entry {
	return slices.SortedFunc(maps.Values(c.live), func(a, b crdt.Entry) int { return a.Dot.Compare(b.Dot) })
}

// later orders entries by (time, replica, counter).
func later(a, b crdt.Entry) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), a.Dot.Compare(b.Dot))
}

// Dots yields the dots of everything that is alive, in any order.
func (c *Content) Dots() iter.Seq[crdt.Dot] { return maps.Keys(c.live) }
