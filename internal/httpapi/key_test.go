package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// hostileKeys are keys that something on the way could take for something
// else.
func hostileKeys() []string {
	keys := []string{
		"a/b/c", "a b", " ", "a%2Fb", "%2F", "%", "%25", "%zz", "a?b=c", "a#b", `a"b'c` + "`d", "$(touch x)", "a;b&c=d", "a+b",
		"a\\b", "-", "--flag", "*", "...", "a.", ".a", "..a", "~", "é", "日本語", "👩‍👩‍👧", "\u202eabc", "a\u200fb", "\ufeffx", "a\nb", "\x1b[31mred", "\x7f", "<script>", "{key}",
		strings.Repeat("k", crdt.MaxKey), strings.Repeat("é", crdt.MaxKey/2), strings.Repeat("a/", crdt.MaxKey/2-1) + "ab",
	}
	for b := 1; b <= 0xff; b++ {
		if b != '/' {
			keys = append(keys, "x"+string(rune(b))+"y")
		}
	}
	return keys
}

// TestEveryKeySurvives writes every hostile key by its path and reads it back
// by every route that shows keys; what bulk takes from a list is the same.
func TestEveryKeySurvives(t *testing.T) {
	s, copied := serve(t), serve(t)
	keys := hostileKeys()
	for _, key := range keys {
		body, err := json.Marshal(map[string]string{"of": key})
		if err != nil {
			t.Fatal(err)
		}
		s.put("c/"+key, string(body))
		var got map[string]string
		if err := json.Unmarshal([]byte(s.get("c/"+key)), &got); err != nil || got["of"] != key {
			t.Fatalf("%q: got %s, %v", key, got, err)
		}
		if got := s.request("GET", "/v1/docs/c/"+escapeAll(key), ""); got.status != 200 {
			t.Errorf("%q with every byte escaped: %d %s", key, got.status, got.body)
		}
	}
	var lines bytes.Buffer
	found := map[string]bool{}
	for item, err := range s.List(t.Context(), "c", client.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		found[item.Key] = true
		line, err := json.Marshal(contract.BulkLine{Key: contract.Text(item.Key), Doc: item.Doc})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	for _, key := range keys {
		if !found[key] {
			t.Errorf("%q is not listed", key)
		}
	}
	for result, err := range copied.Bulk(t.Context(), &lines, client.BulkOptions{Collection: "c"}) {
		if err != nil || result.Error != nil {
			t.Fatalf("line %d: %v %v", result.Line, err, result.Error)
		}
	}
	for _, key := range keys {
		if got, want := copied.get("c/"+key), s.get("c/"+key); got != want {
			t.Errorf("%q went through list and bulk as %s, want %s", key, got, want)
		}
	}
	for _, key := range keys {
		if err := s.Delete(t.Context(), "c", key, client.Conditions{}); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// escapeAll percent-encodes every byte, slashes too.
func escapeAll(key string) string {
	var b strings.Builder
	for i := range len(key) {
		fmt.Fprintf(&b, "%%%02X", key[i])
	}
	return b.String()
}

// TestBadKeysAreRefused: paths, lists and bulk lines refuse the same keys, in
// the words of crdt.CheckKey.
func TestBadKeysAreRefused(t *testing.T) {
	s := serve(t)
	for _, key := range []string{"", "/a", "a/", "a//b", ".", "..", "a/./b", "../a", "a/..", "a\x00b", "\xff", "a\xc3", strings.Repeat("k", crdt.MaxKey+1)} {
		want := crdt.CheckKey(key)
		if want == nil {
			t.Fatalf("%q is a key", key)
		}
		paths := []string{escapeAll(key)}
		if !strings.Contains(key, "\x00") {
			paths = append(paths, strings.ReplaceAll(url.PathEscape(key), "%2F", "/"))
		}
		for _, path := range paths {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				p := s.request(method, "/v1/docs/c/"+path, `{}`).problem(t)
				if p.Code != contract.CodeInvalidKey || p.Detail != want.Error() {
					t.Errorf("%s %q: %+v, want %v", method, path, p, want)
				}
			}
		}
		line := `{"key":"` + strings.ReplaceAll(key, "\x00", `\u0000`) + `","doc":{}}`
		got := s.request("POST", "/v1/bulk?collection=c", line)
		var result contract.BulkResult
		if err := json.Unmarshal([]byte(got.body), &result); err != nil || result.Error == nil {
			t.Fatalf("bulk %q: %s", key, got.body)
		}
		if (strings.ToValidUTF8(key, "") == key) != (result.Error.Detail == want.Error()) {
			t.Errorf("bulk %q: %s, want %v", key, result.Error.Detail, want)
		}
		if _, err := s.Get(t.Context(), "c", key, client.ReadOptions{}); err == nil || err.Error() != want.Error() {
			t.Errorf("client %q: %v, want %v", key, err, want)
		}
	}
	for _, half := range []string{`"\ud800"`, `"a\udc00b"`, `"\ufffd\ud800"`} {
		got := s.request("POST", "/v1/bulk?collection=c", `{"key":`+half+`,"doc":{}}`)
		if !strings.Contains(got.body, `"error"`) {
			t.Errorf("half of a surrogate pair %s was taken for a key: %s", half, got.body)
		}
	}
	if got := s.request("POST", "/v1/bulk?collection=c", `{"key":"\ufffd�\\ud800","doc":{}}`); strings.Contains(got.body, `"error"`) {
		t.Errorf("U+FFFD itself is a key: %s", got.body)
	}
	if got := s.get("c/\ufffd\ufffd\\ud800"); got != "{}" {
		t.Error(got)
	}
}

func TestPrefixThatNoKeyHasIsRefused(t *testing.T) {
	s := serve(t)
	for _, good := range []string{"a", "a/", "a/.", "a/..", ".", strings.Repeat("k", crdt.MaxKey)} {
		if got := s.request("GET", "/v1/docs/c?prefix="+url.QueryEscape(good), ""); got.status != 200 {
			t.Errorf("prefix %q: %s", good, got.body)
		}
	}
	for _, bad := range []string{"/", "a//", "a/./", "../x", "\xff", "a\x00", strings.Repeat("k", crdt.MaxKey+1)} {
		if p := s.request("GET", "/v1/docs/c?prefix="+url.QueryEscape(bad), "").problem(t); p.Code != contract.CodeInvalidKey {
			t.Errorf("prefix %q: %+v", bad, p)
		}
	}
}
