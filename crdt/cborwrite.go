package crdt

import (
	"encoding/binary"
	"math"
)

// Major types of CBOR (RFC 8949 §3.1). A float has the pseudo major type 8
// here, because nothing else of major type 7 carries a number.
const (
	majorUint   = 0
	majorNegint = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorSimple = 7
	majorFloat  = 8
)

// The simple values, as arguments of major type 7 and as whole values.
const (
	simpleFalse = 20
	simpleTrue  = 21
	simpleNull  = 22

	valueFalse Value = "\xf4"
	valueTrue  Value = "\xf5"
	valueNull  Value = "\xf6"
)

// appendHead appends a major type with its argument in the shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendInt(b []byte, i int64) []byte {
	if i < 0 {
		return appendHead(b, majorNegint, uint64(^i))
	}
	return appendHead(b, majorUint, uint64(i))
}

// appendFloat appends a float, always with 8 bytes as dag-cbor wants it.
func appendFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, majorSimple<<5|27), math.Float64bits(f))
}

func appendText(b []byte, s string) []byte {
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

func appendBytes(b []byte, s string) []byte {
	return append(appendHead(b, majorBytes, uint64(len(s))), s...)
}

func textValue(s string) Value {
	var buf [9]byte
	return Value(string(appendHead(buf[:0], majorText, uint64(len(s)))) + s)
}

func intValue(i int64) Value {
	var buf [9]byte
	return Value(appendInt(buf[:0], i))
}
