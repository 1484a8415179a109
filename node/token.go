package node

// Token is a place in the stream of changes: what its holder has seen of the
// collections it watches. It is made of knowledge, not of a position in
// somebody's log, so any peer can resume it. The zero Token has seen nothing.
type Token struct{}

// ParseToken reads what Token.String printed; ErrToken otherwise. "" is the
// zero Token.
func ParseToken(s string) (Token, error) { panic("soon") }

// String is the token as base64url text, "" for the zero Token.
func (t Token) String() string { panic("soon") }
