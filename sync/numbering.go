package antientropy

import "encoding/binary"

// numbering is the number of the next message of one direction of a session: how
// many were sent before it, hello not counted, modulo 65,536. It stands behind the
// kind, in two bytes.
//
// What a message says is written from what was said before it: a vector from the
// one before, a replica by the number of its first mention. A stream loses, repeats
// and reorders nothing; but where one does, through a fault on the way, the message
// behind would be read from something else than it was written from, and a vector
// could come out that counts what its documents do not bring (Law A). So a message
// that is not the next one ends the session before anything is read of it, and the
// next session begins from nothing. Only a gap of exactly 65,536 messages, or a
// multiple of it, would go unnoticed.
//
// A hello and a bye have no number, so that they are read by peers of any version.
// Nothing rests on their place: a hello comes first and once, a bye is the end.
type numbering uint16

// numberSize is the size of a number, in bytes.
const numberSize = 2

func numbered(k kind) bool { return k != kindHello && k != kindBye }

// seal makes a message of a kind from its CBOR.
func (n *numbering) seal(k kind, body []byte) []byte {
	b := make([]byte, 0, 1+numberSize+len(body))
	b = append(b, byte(k))
	if numbered(k) {
		b = binary.BigEndian.AppendUint16(b, uint16(*n))
		*n++
	}
	return append(b, body...)
}

// open takes a message apart, if it is the next one.
func (n *numbering) open(b []byte) (k kind, body []byte, err error) {
	if len(b) == 0 {
		return 0, nil, ends(ReasonTruncated, "empty message")
	}
	k, body = kind(b[0]), b[1:]
	if !numbered(k) {
		return k, body, nil
	}
	if len(body) < numberSize {
		return k, nil, ends(ReasonTruncated, "message without a number")
	}
	if got := numbering(binary.BigEndian.Uint16(body)); got != *n {
		return k, nil, ends(ReasonGap, "message %d came, %d was to come", got, *n)
	}
	*n++
	return k, body[numberSize:], nil
}
