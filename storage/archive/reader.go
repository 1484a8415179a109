package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// Reader reads an archive, a chunk at a time. It checks sums, order, and that
// nothing is missing, but does not look into documents: that does Verify. What
// it gives out before the Trailer may belong to a file that is cut off.
type Reader struct {
	chunks *unchunks
	course *course
	header Header
	sealed Sum // of all before the trailer
}

// NewReader reads the header of an archive. It fails with ErrArchive or
// ErrNewer, or as r does.
func NewReader(r io.Reader) (*Reader, error) { return newReader(r, false) }

func newReader(r io.Reader, trust bool) (*Reader, error) {
	c, err := newUnchunks(r)
	if err != nil {
		return nil, err
	}
	c.trust = trust
	k, content, err := c.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, c.wrong(errShort)
	case err != nil:
		return nil, err
	case k != kindHeader:
		return nil, c.wrong(errOrder)
	}
	out := &Reader{chunks: c, course: newCourse()}
	if out.header, err = parseHeader(content); err != nil {
		return nil, c.wrong(err)
	}
	return out, nil
}

// Header is what the archive begins with.
func (r *Reader) Header() Header { return r.header }

// Read is how many bytes were read so far.
func (r *Reader) Read() int64 { return r.chunks.read }

// Next returns what comes next: *Identity, *Collection, []crdt.SignedHead,
// *Frame, *End or *Trailer, and io.EOF behind the last one. Frames have the
// vectors of their collection. It fails with ErrArchive, or as reading does.
func (r *Reader) Next() (any, error) {
	k, content, err := r.chunks.next()
	if errors.Is(err, io.EOF) {
		if r.course.done {
			return nil, io.EOF
		}
		return nil, r.chunks.wrong(errShort)
	}
	if err != nil {
		return nil, err
	}
	if r.course.done {
		return nil, r.chunks.wrong(errors.New("something follows its end"))
	}
	v, err := r.chunk(k, content)
	if err != nil {
		return nil, r.chunks.wrong(err)
	}
	return v, nil
}

func (r *Reader) chunk(k kind, b []byte) (any, error) {
	switch k {
	case kindIdentity:
		id, err := parseIdentity(b)
		return id, errors.Join(err, r.course.identity())
	case kindCollection:
		c, err := parseCollection(b)
		if err != nil {
			return nil, err
		}
		return c, r.course.begin(*c)
	case kindHeads:
		heads, err := parseHeads(b)
		if err != nil {
			return nil, err
		}
		return heads, r.course.heads(heads)
	case kindFrame:
		f, err := parseFrame(b)
		if err != nil {
			return nil, err
		}
		return f, r.course.frame(f)
	case kindEnd:
		var e endCBOR
		if err := fromCBOR.Unmarshal(b, &e); err != nil {
			return nil, err
		}
		end := End(e)
		return &end, r.course.close(end)
	case kindTrailer:
		return r.trailer(b)
	case kindBroken:
		return nil, fmt.Errorf("who wrote it stopped here: %s", strings.ToValidUTF8(string(b[:min(len(b), maxReason)]), "�"))
	}
	return nil, fmt.Errorf("a chunk of kind %d", k)
}

func (r *Reader) trailer(b []byte) (*Trailer, error) {
	var c trailerCBOR
	if err := fromCBOR.Unmarshal(b, &c); err != nil {
		return nil, err
	}
	t := &Trailer{Collections: c.Collections, Documents: c.Documents, Removed: c.Removed, Seal: Seal{Signature: c.Signature}}
	if sealed := r.header.Mesh != (MeshTag{}); sealed && len(c.Code) != len(t.Seal.Code) || !sealed && len(c.Code) > 0 {
		return nil, errors.New("a seal of another length")
	}
	copy(t.Seal.Code[:], c.Code)
	r.sealed = r.chunks.before
	if !r.chunks.trust && !t.Seal.signed(r.header.Device, r.sealed) {
		return nil, errSignature
	}
	return t, r.course.finish(*t)
}

// signedBy checks the signatures of heads.
func signedBy(collection string, heads []crdt.SignedHead) error {
	for _, h := range heads {
		if err := h.Verify(collection); err != nil {
			return err
		}
	}
	return nil
}
