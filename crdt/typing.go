package crdt

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/diff"
	"github.com/crdtstore/crdtstore/crdt/text"
)

// typing edits one text: each code point that is inserted or deleted takes a
// dot.
type typing struct {
	w     *Writer
	agent text.Agent // the writer's replica
	text  *text.Text
}

func (t *typing) insert(pos int, s string) error {
	if err := t.text.Insert(t.agent, t.w.Next, pos, s); err != nil {
		return t.refused(err, pos)
	}
	t.w.Take(utf8.RuneCountInString(s))
	return nil
}

func (t *typing) delete(pos, n int) error {
	if err := t.text.Delete(t.agent, t.w.Next, pos, n); err != nil {
		return t.refused(err, pos, n)
	}
	t.w.Take(n)
	return nil
}

// position is a position that may be given in UTF-16 units.
func (t *typing) position(at int, utf16 bool) (int, error) {
	if !utf16 {
		return at, nil
	}
	switch pos, err := t.text.FromUTF16(at); {
	case err == nil:
		return pos, nil
	case errors.Is(err, text.ErrSurrogate):
		return 0, fmt.Errorf("%w: %d", ErrSurrogate, at)
	}
	units, _ := t.text.UTF16(t.text.Len())
	return 0, fmt.Errorf("%w: %d of %d UTF-16 units", ErrPosition, at, units)
}

// refused says in the words of this package why an edit was refused; of names
// what it was about.
func (t *typing) refused(err error, of ...int) error {
	switch {
	case errors.Is(err, text.ErrPosition) && len(of) == 1:
		return fmt.Errorf("%w: %d of %d code points", ErrPosition, of[0], t.text.Len())
	case errors.Is(err, text.ErrPosition):
		return fmt.Errorf("%w: %d and %d more of %d code points", ErrPosition, of[0], of[1], t.text.Len())
	case errors.Is(err, text.ErrUTF8):
		return fmt.Errorf("%w: the text is not UTF-8", ErrOperation)
	case errors.Is(err, text.ErrTooLarge):
		return fmt.Errorf("%w: the text would have more than %d edits", ErrTooLarge, text.MaxEvents)
	}
	return err
}

// write edits the text at n with fn. The one head of the text is then its last
// event.
func (e *edit) write(n *node, fn func(t *typing) error) (node, error) {
	out, before := *n, e.w.taken
	d := e.open(&out)
	content, err := d.write()
	if err != nil {
		return node{}, e.fail(err)
	}
	if err := fn(&typing{e.w, agentOf(e.w.Replica), content}); err != nil {
		return node{}, e.fail(err)
	}
	if e.w.taken == before {
		return *n, nil
	}
	var entries []entry
	for _, old := range n.kindEntries(KindText) {
		if !old.isHead() {
			entries = append(entries, old)
		}
	}
	last, _ := e.w.Last()
	return out.withKind(KindText, append(entries, entry{KindText, last, e.w.Time, valueHead})), nil
}

// sharedLetters is how many equal code points between two edits are chance.
const sharedLetters = 2

// retype makes a text what s says by the difference in code points.
func (e *edit) retype(n *node, s string) (node, error) {
	old := e.prose(n)
	if s == old {
		return *n, nil
	}
	return e.write(n, func(t *typing) error {
		was, is := []rune(old), []rune(s)
		hunks := diff.Coarse(diff.Compare(was, is, diff.Work), sharedLetters)
		for i := len(hunks) - 1; i >= 0; i-- { // from the end, where positions are as before
			h := hunks[i]
			if err := t.delete(h.At, h.Deleted); err != nil {
				return err
			}
			if err := t.insert(h.At, string(is[h.From:h.From+h.Inserted])); err != nil {
				return err
			}
		}
		return nil
	})
}

// createText makes a text that was none.
func (e *edit) createText(s string) node {
	n := node{entries: []entry{e.w.entry(KindText, valueNull)}, seq: &sequence{text: emptyProse}}
	if s == "" {
		return n
	}
	n, err := e.write(&n, func(t *typing) error { return t.insert(0, s) })
	if err != nil {
		panic("crdt: type into an empty text: " + err.Error()) // cannot happen: JSON is UTF-8, and shorter than a text may be
	}
	return n
}
