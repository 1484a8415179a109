package crdt

// TextEdit is a text while it is edited: many edits, one after the other, that
// are one transaction. Positions count Unicode code points. It must not be used
// after the function that it was given to has returned.
type TextEdit struct{ typing *typing }

// EditText edits the text at path with fn, at the speed of a rope however many
// edits there are: the document is made once, when fn has returned nil. If fn
// fails, nothing has changed and no dot is taken. What it
// returns is as for Put; errors are *PathError: ErrNoValue if there is nothing
// at path, ErrKind if it is no text, ErrTooLarge, or what fn returned.
func (d *Document) EditText(w *Writer, path Pointer, fn func(*TextEdit) error) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		e.strict = true
		return e.at(root, path, 0, false, func(n *node) (node, error) {
			_, absent, err := e.needs(n, KindText)
			switch {
			case err != nil:
				return node{}, err
			case absent:
				return node{}, e.fail(ErrNoValue)
			}
			return e.write(n, func(t *typing) error { return fn(&TextEdit{t}) })
		})
	})
}

// Len is the number of code points.
func (t *TextEdit) Len() int { return t.typing.text.Len() }

// String is the text as it is now.
func (t *TextEdit) String() string { return t.typing.text.String() }

// Insert inserts s before position pos. It fails with ErrPosition if pos is
// negative or beyond the end, ErrOperation if s is not UTF-8, ErrTooLarge after
// too many edits; nothing has changed then.
func (t *TextEdit) Insert(pos int, s string) error { return t.typing.insert(pos, s) }

// Delete deletes n code points from position pos on. It fails as Insert does.
func (t *TextEdit) Delete(pos, n int) error { return t.typing.delete(pos, n) }
