package antientropy

import (
	"encoding/binary"

	"github.com/klauspost/compress/zstd"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	maxMessage  = 4 << 20 // bytes of one message, default of Limits.Message
	compressMin = 512     // smaller bodies are sent as they are
	vectorCost  = 64      // bytes that a vector entry counts for in the window
)

// Both compress whole messages and start no goroutine.
var (
	deflate, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithSingleSegment(true))
	inflate, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxMessage))
)

// pack fills m.Body from m.content: base, vector, signed heads, documents;
// then compresses it where that pays.
func (m *frame) pack(n *names, last *vectors) {
	f := m.content
	refs, entries := last.refs(), n.entries
	size := 1 << 10
	for _, d := range f.Documents {
		size += d.size()
	}
	b := n.appendVector(make([]byte, 0, size), f.Base, refs)
	b = n.appendVector(b, f.Vector, append(refs, f.Base))
	b = n.appendVector(b, f.Forgotten, []crdt.VersionVector{{}, last.forgotten, f.Vector})
	b = binary.AppendUvarint(b, f.comparison)
	*last = vectors{f.Base, f.Vector, f.Forgotten, last.shown}
	b = binary.AppendUvarint(b, uint64(len(f.Heads)))
	for _, h := range f.Heads {
		b = n.appendHead(b, h)
	}
	b = binary.AppendUvarint(b, uint64(len(f.Documents)))
	for _, d := range f.Documents {
		b = appendDocument(b, n, d)
	}
	m.cost = len(b) + vectorCost*(n.entries-entries)
	m.Body, m.Size = b, 0
	if len(b) >= compressMin {
		if z := deflate.EncodeAll(b, nil); len(z) < len(b)-len(b)/16 {
			m.Body, m.Size = z, uint64(len(b))
		}
	}
}

func appendDocument(b []byte, n *names, d Document) []byte {
	b = binary.AppendUvarint(b, uint64(len(d.Key)))
	b = append(b, d.Key...)
	b = binary.AppendUvarint(b, uint64(len(d.Heads)))
	for _, h := range d.Heads {
		b = n.appendDot(b, h)
	}
	b = binary.AppendUvarint(b, uint64(len(d.Body)))
	return append(b, d.Body...)
}

// unpack reads m.Body into m.content. Everything is bounded before it is
// allocated: what comes out is at most a small multiple of what came in.
func (m *frame) unpack(n *names, last *vectors, l Limits) error {
	b, err := m.decompress(l.Message)
	if err != nil {
		return err
	}
	size := len(b)
	f := Frame{From: m.From, To: m.To}
	refs, entries := last.refs(), n.entries
	if f.Base, b, err = n.cutVector(b, refs); err != nil {
		return err
	}
	if f.Vector, b, err = n.cutVector(b, append(refs, f.Base)); err != nil {
		return err
	}
	if f.Forgotten, b, err = n.cutVector(b, []crdt.VersionVector{{}, last.forgotten, f.Vector}); err != nil {
		return err
	}
	if f.comparison, b, err = cutUvarint(b); err != nil {
		return err
	}
	*last = vectors{f.Base, f.Vector, f.Forgotten, last.shown}
	if f.Heads, b, err = cutHeads(b, n); err != nil {
		return err
	}
	if f.Documents, b, err = cutDocuments(b, n, l); err != nil {
		return err
	}
	if len(b) > 0 {
		return bad("%d bytes after the last document", len(b))
	}
	m.content, m.cost = f, size+vectorCost*(n.entries-entries)
	return f.check()
}

func (m *frame) decompress(most int) ([]byte, error) {
	if m.Size == 0 {
		return m.Body, nil
	}
	var h zstd.Header
	if err := h.Decode(m.Body); err != nil {
		return nil, bad("compressed frame: %v", err)
	}
	switch {
	case m.Size > uint64(most) || h.FrameContentSize > uint64(most):
		return nil, ends(ReasonOversized, "frame declares %d bytes", max(m.Size, h.FrameContentSize))
	case !h.HasFCS || h.FrameContentSize != m.Size:
		return nil, bad("compressed frame of %d bytes declares %d", h.FrameContentSize, m.Size)
	}
	b, err := inflate.DecodeAll(m.Body, make([]byte, 0, m.Size))
	if err != nil || uint64(len(b)) != m.Size {
		return nil, bad("compressed frame: %d of %d bytes, %v", len(b), m.Size, err)
	}
	return b, nil
}

func cutHeads(b []byte, n *names) ([]crdt.SignedHead, []byte, error) {
	count, b, err := cutUvarint(b)
	if err != nil {
		return nil, nil, err
	}
	const least = 2 + 1 + 8 + 16 + 64
	if count > uint64(len(b)/least) {
		return nil, nil, bad("%d signed heads in %d bytes", count, len(b))
	}
	if count > maxHeads {
		return nil, nil, ends(ReasonOversized, "%d signed heads", count)
	}
	if count == 0 {
		return nil, b, nil
	}
	heads := make([]crdt.SignedHead, count)
	for i := range heads {
		if heads[i], b, err = n.cutHead(b); err != nil {
			return nil, nil, err
		}
	}
	return heads, b, nil
}

func cutDocuments(b []byte, n *names, l Limits) ([]Document, []byte, error) {
	count, b, err := cutUvarint(b)
	switch {
	case err != nil:
		return nil, nil, err
	case count > uint64(l.Documents):
		return nil, nil, ends(ReasonOversized, "frame of %d documents", count)
	case count > uint64(len(b)/4):
		return nil, nil, bad("%d documents in %d bytes", count, len(b))
	case count == 0:
		return nil, b, nil
	}
	docs := make([]Document, count)
	for i := range docs {
		if docs[i], b, err = cutDocument(b, n); err != nil {
			return nil, nil, err
		}
	}
	return docs, b, nil
}

func cutDocument(b []byte, n *names) (d Document, rest []byte, err error) {
	key, b, err := cutBytes(b, crdt.MaxKey)
	if err != nil {
		return d, nil, err
	}
	d.Key = string(key)
	heads, b, err := cutUvarint(b)
	if err != nil {
		return d, nil, err
	}
	if heads > uint64(len(b)/2) {
		return d, nil, bad("%d heads in %d bytes", heads, len(b))
	}
	d.Heads = make([]crdt.Dot, heads)
	for i := range d.Heads {
		if d.Heads[i], b, err = n.cutDot(b); err != nil {
			return d, nil, err
		}
	}
	body, b, err := cutBytes(b, crdt.MaxMerged)
	if len(body) > 0 {
		d.Body = body
	}
	return d, b, err
}
