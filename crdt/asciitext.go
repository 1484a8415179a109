package crdt

// isBare reports whether s is ASCII that stands in a JSON string as it is: no control
// character, quote or backslash. It looks at eight bytes at a time.
func isBare(s string) bool {
	if len(s) < 8 {
		for i := range len(s) {
			if c := s[i]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
				return false
			}
		}
		return true
	}
	for i := 0; i+8 <= len(s); i += 8 {
		if special(load8(s[i:])) != 0 {
			return false
		}
	}
	return special(load8(s[len(s)-8:])) == 0 // some of these a second time
}

// load8 reads eight bytes.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special is 0 if none of eight bytes is a control character, a quote, a
// backslash or beyond ASCII. (x-1)&^x has the high bit where x is 0, and nowhere else
// below the first such byte.
func special(x uint64) uint64 {
	const one, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^'"'*one, x^'\\'*one
	return (x | (x-' '*one)&^x | (quote-one)&^quote | (slash-one)&^slash) & high
}
