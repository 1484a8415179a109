package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
)

// TrustingReader is a Reader that does not look at sums and signatures.
func TrustingReader(r io.Reader) (*Reader, error) { return newReader(r, true) }

// Content is how many bytes of content, not compressed, the Reader has read.
func (r *Reader) Content() int { return int(r.chunks.whole) }

// Unpacked is an archive of which nothing is compressed, and the sums do not hold.
func Unpacked(b []byte) ([]byte, error) {
	in := &unchunks{r: bytes.NewReader(b[len(magic):]), trust: true}
	out := bytes.Clone(b[:len(magic)])
	for {
		k, content, err := in.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, byte(k))
		out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
		out = append(append(out, content...), make([]byte, len(Sum{}))...)
	}
}

// KnownText is the text of bytes that are a Known, or not.
func KnownText(b []byte) string {
	sum := sha256.Sum256(b)
	return knownPrefix + base64.RawURLEncoding.EncodeToString(append(deflate.EncodeAll(b, nil), sum[:knownCheck]...))
}
