package barrage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// broken is how FuzzFields is broken: the control of TestBroken.
const broken = "CRDTSTORE_BARRAGE_BROKEN"

// FuzzFields is a decoder of fields in fields: a number of them, and each with
// its length in front; the sum of the whole comes last.
func FuzzFields(f *testing.F) {
	how := os.Getenv(broken)
	f.Add([]byte{2, 5, 1, 3, 'a', 'b', 'c', 2, 1, 0})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		if len(b) == 0 {
			t.Skip("it goes on behind what is skipped")
		}
		alloc.Bounded(t, len(b), func() { fields(b, how, 3) })
	})
}

// fields reads fields that are nested so deep; a list of numbers is innermost.
func fields(b []byte, how string, level int) (n int) {
	if len(b) == 0 {
		return 0
	}
	count := int(b[0])
	b = b[1:]
	for range count {
		if len(b) == 0 {
			return n
		}
		length := int(b[0])
		if b = b[1:]; length > len(b) {
			if how != "length" || level > 1 || length != len(b)+1 {
				return n
			}
		}
		if how == "memory" && level == 1 && length > 2 {
			kept = make([]byte, length<<20)
		}
		if level > 0 {
			n += fields(b[:length:length], how, level-1)
		}
		b = b[length:]
	}
	return n + count
}

var kept []byte

// TestBroken: an unchecked length and memory that nobody has bounded are found,
// below two levels of lengths, and the input that fails is written down and fails again.
func TestBroken(t *testing.T) {
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"", "length", "memory"} {
		t.Run("broken "+how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := func(args ...string) (string, error) {
				cmd := exec.Command(me, append([]string{"-test.run=^FuzzFields$"}, args...)...)
				cmd.Dir, cmd.Env = dir, append(os.Environ(), broken+"="+how)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			out, err := run("-barrage.runs=300000")
			files, _ := filepath.Glob(filepath.Join(dir, "testdata/fuzz/FuzzFields/*"))
			if (err == nil) != (how == "") || len(files) != 0 != (how != "") {
				t.Fatalf("%v, %d inputs kept\n%s", err, len(files), out)
			}
			if how == "" {
				if !strings.Contains(out, "execs: 30") && !strings.Contains(out, "execs: 29") { // without those that are skipped
					t.Errorf("not all are counted:\n%s", out)
				}
				return
			}
			if out, err := run(); err == nil {
				t.Errorf("what was kept does not fail:\n%s", out)
			}
			_, flags, _ := strings.Cut(out, "FuzzFields$' ")
			flags, _, _ = strings.Cut(flags, "\n")
			os.RemoveAll(filepath.Join(dir, "testdata"))
			if again, err := run(strings.Fields(flags)...); err == nil {
				t.Errorf("the command that replays it (%s) does not fail:\n%s", flags, again)
			}
		})
	}
}
