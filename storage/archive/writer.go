package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/crdtstore/crdtstore/crdt"
)

// Writer writes one archive, chunk by chunk, and holds none of it. What cannot
// come now, or contradicts itself, is refused: nothing is written that no
// reader takes.
type Writer struct {
	chunks *chunks
	course *course
	header Header
	buffer []byte
}

// NewWriter begins an archive.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	content, err := h.append()
	if err != nil {
		return nil, err
	}
	if _, err := parseHeader(content); err != nil {
		return nil, err
	}
	c, err := newChunks(w)
	if err != nil {
		return nil, err
	}
	return &Writer{chunks: c, course: newCourse(), header: h}, c.put(kindHeader, content)
}

// Written is how many bytes were written so far.
func (w *Writer) Written() int64 { return w.chunks.written }

// Identity writes who the writer is. It comes first, or not at all.
func (w *Writer) Identity(id Identity) error {
	if err := w.course.identity(); err != nil {
		return err
	}
	content, err := toCBOR.Marshal(identityCBOR(id))
	if err != nil {
		return err
	}
	return w.chunks.put(kindIdentity, content)
}

// Begin begins a collection; they come in the order of their names.
func (w *Writer) Begin(c Collection) error {
	if err := w.course.begin(c); err != nil {
		return err
	}
	w.buffer = c.append(w.buffer[:0])
	return w.chunks.put(kindCollection, w.buffer)
}

// Heads writes signed heads, one for each replica that is counted beyond the
// base, at most MaxHeads in one call, before the first frame.
func (w *Writer) Heads(heads []crdt.SignedHead) error {
	if len(heads) == 0 {
		return nil
	}
	if err := w.course.heads(heads); err != nil {
		return err
	}
	w.buffer = appendHeads(w.buffer[:0], heads)
	return w.chunks.put(kindHeads, w.buffer)
}

// Frame writes the documents of the next run of keys. Of its Span From and To
// count; they cover what is due of the collection without a gap.
func (w *Writer) Frame(f Frame) error {
	if err := w.course.frame(&f); err != nil {
		return fmt.Errorf("%s: %w", w.course.last, err)
	}
	w.buffer = f.append(w.buffer[:0])
	return w.chunks.put(kindFrame, w.buffer)
}

// End ends the collection: existing documents have this root.
func (w *Writer) End(existing uint64, root [32]byte) (End, error) {
	e := w.course.end
	e.Existing, e.Root = existing, root
	if err := w.course.close(e); err != nil {
		return e, err
	}
	content, err := toCBOR.Marshal(endCBOR(e))
	if err != nil {
		return e, err
	}
	return e, w.chunks.put(kindEnd, content)
}

// Close ends the archive; seal is given the sum of all that was written. It
// returns what the archive holds.
func (w *Writer) Close(seal func(Sum) Seal) (Known, Trailer, error) {
	t := w.course.trailer
	if err := w.course.finish(t); err != nil {
		return nil, t, err
	}
	t.Seal = seal(w.chunks.sum)
	if !t.Seal.signed(w.header.Device, w.chunks.sum) {
		return nil, t, errSignature
	}
	c := trailerCBOR{Collections: t.Collections, Documents: t.Documents, Removed: t.Removed, Signature: t.Seal.Signature}
	if w.header.Mesh != (MeshTag{}) {
		c.Code = t.Seal.Code[:]
	}
	content, err := toCBOR.Marshal(c)
	if err != nil {
		return nil, t, err
	}
	return w.course.known, t, w.chunks.put(kindTrailer, content)
}

// maxReason is how many bytes of a reason are written.
const maxReason = 1024

// Break says, in the place of all that is missing, why the archive does not go
// on. Nobody takes it for a whole one.
func (w *Writer) Break(reason error) error {
	if w.course.done {
		return errors.New("the archive is complete")
	}
	w.course.done = true
	text := reason.Error()
	return w.chunks.put(kindBroken, []byte(text[:min(len(text), maxReason)]))
}
