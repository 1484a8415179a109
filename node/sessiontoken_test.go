package node_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/node"
)

// sessionText is the token of a session that has written into two collections.
func sessionText(t testing.TB) string {
	n, err := node.Open(t.Context(), node.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	s := n.ClientSession(node.SessionToken{})
	for _, c := range []string{"c", "d"} {
		_, err := s.Write(t.Context(), c, "k", func(c *node.Collection) (node.Written, error) {
			return c.Put(t.Context(), "k", []byte(`1`), node.PutOptions{})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s.Token().String()
}

// A token in which anything is another is refused.
func TestDamagedSessionTokens(t *testing.T) {
	text := sessionText(t)
	if _, err := node.ParseSessionToken(text); err != nil {
		t.Fatal(err)
	}
	bad := []string{
		"", "x", "****", text[:len(text)-1], text + "A", text + "\n", " " + text, text + "=", text[1:],
		strings.Repeat("A", node.MaxSessionToken+1), strings.Repeat("A", 1<<20),
		base64.RawURLEncoding.EncodeToString([]byte{2}), base64.RawURLEncoding.EncodeToString([]byte{2, 0, 0, 0}),
	}
	for i := range text {
		for _, c := range "A_b7" {
			if other := text[:i] + string(c) + text[i+1:]; other != text {
				bad = append(bad, other)
			}
		}
	}
	for _, s := range bad {
		if _, err := node.ParseSessionToken(s); !errors.Is(err, node.ErrSessionToken) {
			t.Errorf("%.80q: %v", s, err)
		}
	}
	if zero, err := node.ParseSessionToken(node.SessionToken{}.String()); err != nil || zero.String() == "" {
		t.Errorf("the zero token: %v", err)
	}
}

func FuzzParseSessionToken(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0})
	if b, err := base64.RawURLEncoding.DecodeString(sessionText(f)); err == nil {
		f.Add(b[:len(b)-4])
	}
	f.Add(append([]byte{2, 1}, make([]byte, 18)...))
	barrage.Fuzz(f, func(t *testing.T, body []byte) {
		wire := node.SessionTextOf(body)
		alloc.Bounded(t, len(wire), func() { _, _ = node.ParseSessionToken(wire) })
		text := node.SessionTextOf(body)
		token, err := node.ParseSessionToken(text)
		if err != nil {
			if !errors.Is(err, node.ErrSessionToken) {
				t.Fatal(err)
			}
			return
		}
		if token.String() != text {
			t.Errorf("%x is printed as %s", body, token)
		}
	})
}
