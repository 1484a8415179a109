package p2p

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A frame is a 4-byte big-endian header and its payload. The low 31 bits of
// the header are the payload's length; the high bit is set on the last frame,
// whose payload is the reason of Close.
const (
	frameHeader = 4
	frameClose  = 1 << 31
	frameGrow   = 64 << 10 // allocated for a payload before any of it is there
)

// WriteMessage writes one message as a frame. It returns ErrTooLarge, with
// nothing written, for a message above MaxMessage.
func WriteMessage(w io.Writer, message []byte) error {
	if len(message) > MaxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(message), MaxMessage)
	}
	return writeFrame(w, uint32(len(message)), message)
}

// WriteClose writes the frame that ends a stream, with the reason cut to
// MaxReason.
func WriteClose(w io.Writer, reason string) error {
	reason = Clean(reason)
	return writeFrame(w, uint32(len(reason))|frameClose, []byte(reason))
}

// writeFrame sends small frames in one write, and spares large ones the copy.
func writeFrame(w io.Writer, header uint32, payload []byte) error {
	first := min(len(payload), frameGrow)
	buf := make([]byte, frameHeader, frameHeader+first)
	binary.BigEndian.PutUint32(buf, header)
	if _, err := w.Write(append(buf, payload[:first]...)); err != nil {
		return err
	}
	if len(payload) == first {
		return nil
	}
	_, err := w.Write(payload[first:])
	return err
}

// FrameReader reads frames. A read error in the middle of a frame, as of a
// deadline, loses nothing: the next call of Next goes on where it stopped.
type FrameReader struct {
	r      io.Reader
	header [frameHeader]byte
	have   int // bytes of header
	body   []byte
	filled int // bytes of body
}

// NewFrameReader reads from r, never beyond the frame asked for.
func NewFrameReader(r io.Reader) *FrameReader { return &FrameReader{r: r} }

// Next returns the next message; the caller owns it. When the peer has closed,
// the error is a CloseError with its reason. A header that announces more than
// MaxMessage is ErrTooLarge, before anything is allocated. The end of the
// stream without a close frame is io.ErrUnexpectedEOF, also between frames.
func (f *FrameReader) Next() ([]byte, error) {
	for f.have < frameHeader {
		n, err := f.r.Read(f.header[f.have:])
		f.have += n
		if err != nil && f.have < frameHeader {
			return nil, unexpected(err)
		}
	}
	size, closing, err := f.announced()
	if err != nil {
		return nil, err
	}
	for f.filled < size {
		if f.filled == len(f.body) {
			f.grow(size)
		}
		n, err := f.r.Read(f.body[f.filled:])
		f.filled += n
		if err != nil && f.filled < size {
			return nil, unexpected(err)
		}
	}
	message := f.body[:size:size]
	if message == nil {
		message = []byte{}
	}
	f.have, f.body, f.filled = 0, nil, 0
	if closing {
		return nil, &CloseError{Reason: Clean(string(message)), ByPeer: true}
	}
	return message, nil
}

func (f *FrameReader) announced() (size int, closing bool, err error) {
	header := binary.BigEndian.Uint32(f.header[:])
	limit := uint32(MaxMessage)
	if closing = header&frameClose != 0; closing {
		header, limit = header&^frameClose, MaxReason
	}
	if header > limit {
		return 0, closing, fmt.Errorf("%w: the peer announces %d bytes, at most %d", ErrTooLarge, header, limit)
	}
	return int(header), closing, nil
}

// grow makes room for what is announced, but never for more than twice of what
// has come, so that an announcement alone costs nothing.
func (f *FrameReader) grow(size int) {
	body := make([]byte, min(size, max(frameGrow, 2*len(f.body))))
	copy(body, f.body[:f.filled])
	f.body = body
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
