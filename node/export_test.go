package node

import (
	"crypto/sha256"
	"encoding/base64"
)

// SessionTextOf is the text of a token with this content, whatever that is, and
// the sum that goes with it.
func SessionTextOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(append(body[:len(body):len(body)], sum[:sessionSum]...))
}
