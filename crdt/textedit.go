package crdt

import "github.com/crdtstore/crdtstore/crdt/text"

// TextEdit is a text while it is edited: many edits, one after the other, that
// are one transaction. Positions count Unicode code points.
type TextEdit struct {
	text *text.Text
	w    *Writer
}

// EditText edits the text at path with fn, at the speed of a rope however many
// edits there are: the document is made once, when fn returns nil. If fn or an
// edit fails, nothing has changed and no dot is taken. It fails with a
// *PathError: of ErrNoValue if there is nothing at path, ErrKind if it is no
// text, ErrTooLarge, or the error of fn.
func (d *Document) EditText(w *Writer, path Pointer, fn func(*TextEdit) error) (*Document, bool, error) {
	panic("todo")
}

// Len is the number of code points.
func (t *TextEdit) Len() int { return t.text.Len() }

// String is the text as it is now.
func (t *TextEdit) String() string { return t.text.String() }

// Insert inserts s before position pos. ErrPosition is returned if that is
// beyond the end, or negative, ErrUTF8 if s is not UTF-8.
func (t *TextEdit) Insert(pos int, s string) error { panic("todo") }

// Delete deletes n code points from position pos on. It fails as Insert does.
func (t *TextEdit) Delete(pos, n int) error { panic("todo") }
