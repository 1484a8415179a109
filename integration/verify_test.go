package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage/badger"
)

// flipText changes a bit of a text where it lies in the store of a peer, which may run.
func flipText(t *testing.T, p *peer, text string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(p.dir, "store", "*.sst"))
	must(t, err)
	for _, path := range tables {
		b, err := os.ReadFile(path)
		must(t, err)
		at := bytes.Index(b, []byte(text))
		if at < 0 {
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		_, err = f.WriteAt([]byte{b[at] ^ 1}, int64(at))
		must(t, err)
		must(t, f.Close())
		return
	}
	t.Fatalf("%q is in none of %d tables", text, len(tables))
}

// fields are the names in each of the objects that -o json has printed, where all have one.
func fields(t *testing.T, text string) (names []string, count int) {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	for _, one := range all {
		for name := range one {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, len(all)
}

// checked is what a check of a store, or of a node, must say.
type checked struct {
	args   []string // of crdtd if they begin with "crdtd", else of crdtctl against the node
	code   int
	fields string // of the findings, with -o json; "" if there are none
	stderr string
}

func (c checked) run(t *testing.T, p *peer) {
	t.Helper()
	var r result
	if c.args[0] == "crdtd" {
		r = command(t, exec.Command(program.crdtd, c.args[1:]...), "")
	} else {
		r = p.crdtctl("", c.args...)
	}
	if r.code != c.code || !strings.Contains(r.stderr, c.stderr) {
		t.Errorf("%v: exit %d, want %d\n%s%s", c.args, r.code, c.code, r.stdout, r.stderr)
	}
	if !slices.Contains(c.args, "json") {
		return
	}
	names, count := fields(t, r.stdout)
	if got := strings.Join(names, " "); got != c.fields || (count > 0) != (c.fields != "") {
		t.Errorf("%v: %d findings with %s, want %s:\n%s", c.args, count, got, c.fields, r.stdout)
	}
}

// TestExitCodesOfChecks: crdtd verify, crdtctl verify and doctor end with 0 for what is sound, 7 for
// findings, and another code for what kept them from looking; what they print as JSON has
// the same form in all of these.
func TestExitCodesOfChecks(t *testing.T) {
	t.Parallel()
	p := newPeer(t, "p")
	offline := func(more ...string) []string {
		return append([]string{"crdtd", "verify", "--data-dir", p.dir}, more...)
	}
	check := func(when string, all ...checked) {
		t.Helper()
		for _, c := range all {
			t.Run(when+" "+strings.ReplaceAll(strings.Join(c.args, " "), p.dir, "DIR"), func(t *testing.T) { c.run(t, p) })
		}
	}
	check("nothing is there", checked{offline(), 1, "", "no such file"})
	p.start()
	for i := range 30 {
		p.ctl("put", fmt.Sprintf("c/%02d", i), fmt.Sprintf(`{"text":"needle %02d"}`, i))
	}
	check("sound and running",
		checked{offline("-o", "json"), 1, "", "process"},
		checked{[]string{"verify", "-o", "json"}, 0, "", ""},
		checked{[]string{"verify", "c", "-o", "json"}, 0, "", ""},
		checked{[]string{"verify", "c", "d"}, 2, "", ""},
		checked{[]string{"doctor", "-o", "json"}, 0, "command do happened kind notice", ""},
		checked{[]string{"doctor", "-o", "xml"}, 2, "", ""})
	p.stop()
	check("sound and stopped",
		checked{offline("-o", "json"), 0, "", ""},
		checked{offline("-o", "xml"), 2, "", "want table"},
		checked{offline("x"), 2, "", "takes no argument"},
		checked{[]string{"verify"}, 5, "", ""},
		checked{[]string{"doctor"}, 5, "", ""})
	p.start()
	flipText(t, p, "needle 17")
	check("damaged and running",
		checked{[]string{"verify", "-o", "json"}, 7, "collection detail key problem", ""},
		checked{[]string{"verify", "c", "-o", "json"}, 7, "collection detail key problem", ""},
		checked{[]string{"verify", "none"}, 3, "", "none: no such collection"},
		checked{[]string{"conflicts", "none"}, 3, "", "none: no such collection"},
		checked{[]string{"root", "none"}, 3, "", "none: no such collection"},
		checked{[]string{"verify", "Not a name"}, 2, "", ""})
	p.ctlFails([]int{1}, "get", "c/17") // and from now on it is told
	eventually(t, func() error {
		if r := p.crdtctl("", "doctor"); r.code != 7 || !strings.Contains(r.stdout, "damage") {
			return fmt.Errorf("doctor: exit %d\n%s", r.code, r.stdout)
		}
		return nil
	})
	check("damaged and running", checked{[]string{"doctor", "-o", "json"}, 7, "command do happened kind notice where", ""})
	p.kill()
	check("damaged and stopped", checked{offline("-o", "json"), 7, "problem where", ""})
}

// TestExitCodesOfEncryptedChecks: the wrong key is a matter of usage, and no damage; so is any key where a store is
// not encrypted.
func TestExitCodesOfEncryptedChecks(t *testing.T) {
	t.Parallel()
	p, keys := newPeer(t, "p"), t.TempDir()
	key := func(name string) string {
		path := filepath.Join(keys, name)
		must(t, os.WriteFile(path, []byte(strings.Repeat(name, 64)), 0o600))
		return path
	}
	right, wrong := key("a"), key("b")
	of := func(file ...string) []string {
		return append([]string{"crdtd", "verify", "--data-dir", p.dir, "-o", "json"}, file...)
	}
	cases := []checked{{of("--encryption-key-file", right), 2, "", "not encrypted"}}
	if !badger.Encrypts {
		p.start()
	} else {
		p.start("--encryption-key-file", right)
		cases = []checked{
			{of("--encryption-key-file", right), 0, "", ""},
			{of("--encryption-key-file", wrong), 2, "", "key"},
			{of(), 2, "", "encrypt"},
			{of("--encryption-key-file", right+"x"), 2, "", "no such file"},
		}
	}
	p.ctl("put", "c/k", `1`)
	p.stop()
	for _, c := range cases {
		r := command(t, exec.Command(program.crdtd, c.args[1:]...), "")
		if r.code != c.code || !strings.Contains(r.stderr, c.stderr) {
			t.Errorf("%v: exit %d, want %d\n%s%s", c.args, r.code, c.code, r.stdout, r.stderr)
		}
	}
}
