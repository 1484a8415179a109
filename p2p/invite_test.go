package p2p

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

func TestInviteRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var i Invite
		copy(i.Secret[:], rapid.SliceOfN(rapid.Byte(), SecretSize, SecretSize).Draw(t, "secret"))
		for p := range rapid.IntRange(0, 3).Draw(t, "peers") {
			for a := range rapid.IntRange(1, 4).Draw(t, "addresses") {
				i.Addrs = append(i.Addrs, fmt.Sprintf("/ip4/10.0.%d.%d/tcp/7/p2p/12D3KooPeer%d", p, a, p))
			}
		}
		text := i.String()
		got, err := ParseInvite(" " + text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(i, got); d != "" {
			t.Fatal(d)
		}
		// Any one character mistyped, or the end missing, is noticed.
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		with := rapid.SampledFrom([]byte("Aa0-_xZ9: \x00é")).Draw(t, "with")
		wrong := text[:at] + string(with) + text[at+1:]
		if got, err := ParseInvite(wrong); wrong != text && err == nil && !cmp.Equal(got, i) {
			t.Fatalf("%q is read as %+v", wrong, got)
		}
		if _, err := ParseInvite(text[:at]); !errors.Is(err, ErrInvite) {
			t.Fatalf("%q: %v", text[:at], err)
		}
	})
}

func TestInviteErrors(t *testing.T) {
	good := Invite{Addrs: []string{"/ip4/10.0.0.1/tcp/1/p2p/x"}}.String()
	for text, want := range map[string]string{
		"":                       "does not begin with",
		"https://example.org":    "does not begin with",
		"crdtstore2:AAAA":        "does not begin with",
		"crdtstore1:":            "mistyped or incomplete",
		"crdtstore1:!!!!":        "mistyped or incomplete",
		good[:len(good)-1]:       "mistyped or incomplete",
		good + "A":               "mistyped or incomplete",
		strings.ToUpper(good[:]): "does not begin with",
		"crdtstore1:" + strings.Repeat("A", MaxInvite):                                       "longer than 4096 bytes",
		"crdtstore1:" + base64.RawURLEncoding.EncodeToString([]byte("\x80\x76\xbe\x8b\x52")): "another version",
	} {
		_, err := ParseInvite(text)
		if !errors.Is(err, ErrInvite) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%.30q: error %v, want %q", text, err, want)
		}
	}
}

func TestInviteFits(t *testing.T) {
	var i Invite
	for n := range 100 {
		i.Addrs = append(i.Addrs, fmt.Sprintf("/ip4/10.0.0.%d/tcp/7/p2p/12D3KooW%s%d", n, strings.Repeat("x", 300), n))
	}
	text := i.String()
	got, err := ParseInvite(text)
	if err != nil || len(text) > MaxInvite || len(got.Addrs) == 0 || !cmp.Equal(got.Addrs, i.Addrs[:len(got.Addrs)]) {
		t.Errorf("%d bytes, %d addresses, %v", len(text), len(got.Addrs), err)
	}
}

// FuzzParseInvite reads any text as an invite, and any bytes as the body of one
// whose sum holds.
func FuzzParseInvite(f *testing.F) {
	text := Invite{Addrs: []string{"/ip4/10.0.0.1/tcp/1/p2p/x", "/ip4/10.0.0.2/tcp/1/p2p/x"}}.String()
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, invitePrefix))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("crdtstore1:")
	f.Add(string(body[:len(body)-inviteSum]))
	barrage.Fuzz(f, func(t *testing.T, s string) {
		sum := sha256.Sum256([]byte(s))
		for _, s := range []string{s, invitePrefix + base64.RawURLEncoding.EncodeToString(append([]byte(s), sum[:inviteSum]...))} {
			var i Invite
			var err error
			alloc.Bounded(t, len(s), func() { i, err = ParseInvite(s) })
			if err != nil {
				if !errors.Is(err, ErrInvite) {
					t.Errorf("error %v", err)
				}
				continue
			}
			if again, err := ParseInvite(i.String()); err != nil || again.Secret != i.Secret {
				t.Errorf("%+v is written as one that reads as %+v, %v", i, again, err)
			}
		}
	})
}
