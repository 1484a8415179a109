package integration

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// export is what `crdtctl export` prints of a collection: key → document.
func (p *peer) export(collection string) map[string]string {
	p.t.Helper()
	docs := map[string]string{}
	for line := range strings.Lines(p.ctl("export", collection)) {
		var l struct {
			Key string
			Doc json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			p.t.Fatalf("%s: export line %q: %v", p.name, line, err)
		}
		if _, twice := docs[l.Key]; twice {
			p.t.Errorf("%s: export lists %q twice", p.name, l.Key)
		}
		docs[l.Key] = string(l.Doc)
	}
	return docs
}

// table is a set of real documents, as the Debian package iso-codes has them.
type table struct {
	collection string
	file       string // below /usr/share/iso-codes/json
	member     string // of the file's one object: the array of entries
	key        string // of an entry
}

var tables = []table{
	{"languages", "iso_639-3.json", "639-3", "alpha_3"},
	{"subdivisions", "iso_3166-2.json", "3166-2", "code"},
}

// load reads the entries; the test is skipped where the package is missing.
func (tb table) load(t testing.TB) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/usr/share/iso-codes/json", tb.file))
	if err != nil {
		t.Skipf("real input is missing (apt-get install iso-codes): %v", err)
	}
	var file map[string][]json.RawMessage
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, entry := range file[tb.member] {
		var fields map[string]any
		if err := json.Unmarshal(entry, &fields); err != nil {
			t.Fatal(err)
		}
		docs[fields[tb.key].(string)] = string(entry)
	}
	return docs
}

// importInto feeds documents to `crdtctl import --key`, one compact line each.
func importInto(p *peer, collection, pointer string, docs map[string]string) {
	p.t.Helper()
	var lines bytes.Buffer
	for _, doc := range docs {
		if err := json.Compact(&lines, []byte(doc)); err != nil {
			p.t.Fatal(err)
		}
		lines.WriteByte('\n')
	}
	p.ctlIn(lines.String(), "import", collection, "-", "--key", pointer)
}

// TestRealInput imports two ISO tables on a while b is not there, and compares
// what b exports with what the files say.
func TestRealInput(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]string{}
	total := 0
	for _, tb := range tables {
		want[tb.collection] = tb.load(t)
		total += len(want[tb.collection])
	}
	if total < 12000 {
		t.Fatalf("only %d documents in the tables", total)
	}
	a := startPeer(t, "a")
	for _, tb := range tables {
		importInto(a, tb.collection, "/"+tb.key, want[tb.collection])
	}
	b := startPeer(t, "b", "--join", a.invite())
	for _, tb := range tables {
		converged(t, tb.collection, a, b)
		got := b.export(tb.collection)
		if len(got) != len(want[tb.collection]) {
			t.Errorf("%s: %d documents, want %d", tb.collection, len(got), len(want[tb.collection]))
		}
		for key, doc := range want[tb.collection] {
			if d := diffJSON(got[key], doc); d != "" {
				t.Fatalf("%s/%s: %s", tb.collection, key, d)
			}
		}
	}

	// What was exported is what import takes.
	c := startPeer(t, "c")
	c.ctlIn(b.ctl("export"), "import", "-")
	for _, tb := range tables {
		if d := cmp.Diff(b.export(tb.collection), c.export(tb.collection)); d != "" {
			t.Errorf("%s after export and import: %s", tb.collection, d)
		}
	}
}
