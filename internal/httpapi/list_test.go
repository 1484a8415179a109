package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestPagesAreTheList: whatever the page size and the prefix, the pages put
// together are the stream, and that is what was written.
func TestPagesAreTheList(t *testing.T) {
	s := serve(t)
	var keys []string
	for i := range 45 {
		key := fmt.Sprintf("%c/%03d", 'a'+i%3, i)
		keys = append(keys, key)
		s.put("c/"+key, fmt.Sprintf(`{"n":%d}`, i))
	}
	rapid.Check(t, func(rt *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "a", "b/", "c/0", "d", "b/01"}).Draw(rt, "prefix")
		limit := rapid.IntRange(1, 50).Draw(rt, "limit")
		want := 0
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) {
				want++
			}
		}
		var paged []string
		after := ""
		for {
			q := url.Values{"prefix": {prefix}, "after": {after}, "limit": {fmt.Sprint(limit)}}
			got := s.request("GET", "/v1/docs/c?"+q.Encode(), "")
			var page contract.Page
			if err := json.Unmarshal([]byte(got.body), &page); err != nil {
				rt.Fatal(err, got.body)
			}
			if len(page.Documents) > limit || page.Next != nil && len(page.Documents) != limit {
				rt.Fatalf("a page of %d with limit %d, next %v", len(page.Documents), limit, page.Next)
			}
			for _, d := range page.Documents {
				paged = append(paged, d.Key+string(d.Doc))
			}
			if page.Next == nil {
				break
			}
			after = *page.Next
		}
		var streamed []string
		for item, err := range s.List(t.Context(), "c", client.ListOptions{Prefix: prefix}) {
			if err != nil {
				rt.Fatal(err)
			}
			streamed = append(streamed, item.Key+string(item.Doc))
		}
		if len(paged) != want || strings.Join(paged, "|") != strings.Join(streamed, "|") {
			rt.Fatalf("prefix %q limit %d: pages %v, stream %v, want %d", prefix, limit, paged, streamed, want)
		}
	})
}

func TestListForms(t *testing.T) {
	s := serve(t)
	s.put("c/k", `{"n":{"$counter":1}}`)
	for path, want := range map[string]string{
		"/v1/docs/c?keys=true":    `"key":"k","version":`,
		"/v1/docs/c?format=typed": `"doc":{"n":{"$counter":1}}`,
		"/v1/docs/c":              `"doc":{"n":1}`,
		"/v1/docs/none":           `{"documents":[],"next":null}`,
		"/v1/collections":         `{"collections":[{"name":"c","documents":1,`,
	} {
		if got := s.request("GET", path, ""); got.status != 200 || !strings.Contains(got.body, want) {
			t.Errorf("%s: %s, want %s", path, got.body, want)
		}
	}
	if got := s.request("GET", "/v1/docs/c?keys=true", ""); strings.Contains(got.body, "doc\"") {
		t.Errorf("only keys were asked for: %s", got.body)
	}
	for _, bad := range []string{"limit=0", "limit=x", "limit=-1", "keys=maybe", "after=a//b"} {
		if got := s.request("GET", "/v1/docs/c?"+bad, ""); got.status != 400 {
			t.Errorf("%s: %d %s", bad, got.status, got.body)
		}
	}
}

// TestPagesAreBounded: large documents make a page end before its limit, and
// the next one goes on there.
func TestPagesAreBounded(t *testing.T) {
	s := serve(t)
	large := `"` + strings.Repeat("a", 1<<20-100) + `"`
	for i := range 6 {
		s.put(fmt.Sprintf("c/%d", i), large)
	}
	var keys []string
	for after, pages := "", 0; ; pages++ {
		got := s.request("GET", "/v1/docs/c?after="+after, "")
		if len(got.body) > 6<<20 {
			t.Errorf("a page of %d bytes", len(got.body))
		}
		var page contract.Page
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Documents {
			keys = append(keys, d.Key)
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if got := strings.Join(keys, ""); got != "012345" {
		t.Errorf("keys of all pages: %s", got)
	}
}
