package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// magic begins every archive. Its first and last bytes do not survive a transfer
// as text.
const magic = "\x8dcrdtstore-arc\r\n"

// Sum is a link of the chain: SHA-256 over the sum before, and a chunk.
type Sum = [sha256.Size]byte

// kind says what a chunk holds.
type kind byte

const (
	kindHeader     kind = 1
	kindIdentity   kind = 2
	kindCollection kind = 3
	kindHeads      kind = 4
	kindFrame      kind = 5
	kindEnd        kind = 6
	kindTrailer    kind = 7
	kindBroken     kind = 8 // why the writer stopped: what follows the last chunk was never written
)

const (
	// A chunk is its kind (1), the length of its content (4), how many bytes
	// are stored of it (4), those, and the sum (32). Numbers are big-endian.
	// Where fewer bytes are stored than the content has it is compressed (zstd).
	chunkHeader = 1 + 4 + 4

	// maxChunk bounds the content of a chunk: the largest vectors that a store
	// keeps fit in.
	maxChunk = 16 << 20
	// compressMin is the content from which compressing is tried.
	compressMin = 256
	// A compressed chunk has at most maxRatio times the bytes that are stored,
	// and maxExtra: memory is taken for bytes that are there.
	maxRatio = 16
	maxExtra = 256 << 10
)

var (
	deflate, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(true), zstd.WithWindowSize(1<<20))
	inflate, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxChunk+1))
)

// chunks writes chunks.
type chunks struct {
	w       io.Writer
	sum     Sum
	written int64
	scratch []byte
}

func newChunks(w io.Writer) (*chunks, error) {
	c := &chunks{w: w, sum: sha256.Sum256([]byte(magic))}
	return c, c.out([]byte(magic))
}

func (c *chunks) out(b []byte) error {
	n, err := c.w.Write(b)
	c.written += int64(n)
	return err
}

// put writes one chunk.
func (c *chunks) put(k kind, content []byte) error {
	if len(content) > maxChunk {
		return fmt.Errorf("a chunk of %d bytes, at most %d are read", len(content), maxChunk)
	}
	stored := content
	if len(content) >= compressMin {
		c.scratch = deflate.EncodeAll(content, c.scratch[:0])
		if n := len(c.scratch); n < len(content)-len(content)/16 && len(content) <= maxRatio*n+maxExtra {
			stored = c.scratch
		}
	}
	head := make([]byte, 0, chunkHeader)
	head = append(head, byte(k))
	head = binary.BigEndian.AppendUint32(head, uint32(len(content)))
	head = binary.BigEndian.AppendUint32(head, uint32(len(stored)))
	c.sum = link(c.sum, head, stored)
	for _, b := range [][]byte{head, stored, c.sum[:]} {
		if err := c.out(b); err != nil {
			return err
		}
	}
	return nil
}

// link is the sum of a chunk.
func link(before Sum, head, stored []byte) (sum Sum) {
	h := sha256.New()
	h.Write(before[:])
	h.Write(head)
	h.Write(stored)
	h.Sum(sum[:0])
	return sum
}

// unchunks reads chunks, and checks their sums.
type unchunks struct {
	r      io.Reader
	sum    Sum   // of the last chunk
	before Sum   // of the one before it
	at     int64 // where the last chunk begins
	read   int64
	whole  int64 // bytes of content, not compressed
	trust  bool  // do not check sums: for looking at decoders alone
}

func newUnchunks(r io.Reader) (*unchunks, error) {
	c := &unchunks{r: r, sum: sha256.Sum256([]byte(magic))}
	got, err := c.in(len(magic))
	switch {
	case err != nil && !errors.Is(err, errShort):
		return nil, err
	case err != nil || string(got) != magic:
		return nil, &Error{0, errors.New("it does not begin as one")}
	}
	return c, nil
}

var errShort = errors.New("it ends too early")

// firstRead is for how many bytes memory is taken before any of them has come.
const firstRead = 64 << 10

// in reads n bytes. Memory is taken as they come.
func (c *unchunks) in(n int) ([]byte, error) {
	b := make([]byte, min(n, firstRead))
	got := 0
	for {
		m, err := io.ReadFull(c.r, b[got:])
		got += m
		c.read += int64(m)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errShort
		}
		if err != nil || got == n {
			return b[:got], err
		}
		more := make([]byte, min(n, 2*got))
		copy(more, b)
		b = more
	}
}

// next reads one chunk; io.EOF says that the file ends behind the last one. The
// content is the caller's.
func (c *unchunks) next() (k kind, content []byte, err error) {
	c.at = c.read
	head, err := c.in(chunkHeader)
	if errors.Is(err, errShort) && len(head) == 0 {
		return 0, nil, io.EOF
	}
	if err != nil {
		return 0, nil, c.unread(err)
	}
	k = kind(head[0])
	size, stored := binary.BigEndian.Uint32(head[1:]), binary.BigEndian.Uint32(head[5:])
	switch {
	case size > maxChunk:
		return 0, nil, c.wrong(fmt.Errorf("a chunk of %d bytes", size))
	case stored > size || uint64(size) > maxRatio*uint64(stored)+maxExtra:
		return 0, nil, c.wrong(fmt.Errorf("a chunk of %d bytes in %d", size, stored))
	}
	body, err := c.in(int(stored))
	if err != nil {
		return 0, nil, c.unread(err)
	}
	sum, err := c.in(len(Sum{}))
	if err != nil {
		return 0, nil, c.unread(err)
	}
	c.before, c.sum = c.sum, link(c.sum, head, body)
	if !c.trust && !bytes.Equal(sum, c.sum[:]) {
		return 0, nil, c.wrong(errors.New("a checksum does not hold: bytes have changed, or are missing"))
	}
	c.whole += int64(size)
	if stored == size {
		return k, body, nil
	}
	var h zstd.Header
	if err := h.Decode(body); err != nil || !h.HasFCS || h.FrameContentSize != uint64(size) {
		return 0, nil, c.wrong(errors.New("a compressed chunk does not say its length"))
	}
	content, err = inflate.DecodeAll(body, make([]byte, 0, size))
	if err != nil || len(content) != int(size) {
		return 0, nil, c.wrong(fmt.Errorf("a compressed chunk: %d of %d bytes, %v", len(content), size, err))
	}
	return k, content, nil
}

// wrong places what is wrong at the chunk that was read last.
func (c *unchunks) wrong(err error) error { return &Error{c.at, err} }

// unread is the error of in: a file that ends is at fault, a reader that fails
// is not.
func (c *unchunks) unread(err error) error {
	if errors.Is(err, errShort) {
		return c.wrong(err)
	}
	return err
}
