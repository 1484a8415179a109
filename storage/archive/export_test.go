package archive

import "io"

// TrustingReader is a Reader that does not look at sums and signatures.
func TrustingReader(r io.Reader) (*Reader, error) { return newReader(r, true) }

// Content is how many bytes of content, not compressed, the Reader has read.
func (r *Reader) Content() int { return int(r.chunks.whole) }
