package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	nodePort   = regexp.MustCompile(`127\.0\.0\.1:74(\d\d)`)
)

// TestReadmeWalkthrough types what the README tells its reader to type, with
// only the ports changed.
func TestReadmeWalkthrough(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, _ := strings.Cut(string(text), "## Two peers")
	walk, _, _ = strings.Cut(walk, "\n## ")
	blocks := shellBlock.FindAllStringSubmatch(walk, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d shell blocks in the walkthrough, want 4", len(blocks))
	}
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	must(t, os.Symlink(program.crdtd, filepath.Join(dir, "bin/crdtd")))
	must(t, os.Symlink(program.crdtctl, filepath.Join(dir, "bin/crdtctl")))

	// The programs are built; what remains of each block is lines that start
	// a peer, which a reader leaves running, and lines that end.
	var script strings.Builder
	ports := map[string]string{}
	for _, block := range blocks {
		for line := range strings.Lines(block[1]) {
			line = nodePort.ReplaceAllStringFunc(line, func(addr string) string {
				if ports[addr] == "" {
					ports[addr] = "127.0.0.1:" + strconv.Itoa(freePort(t))
				}
				return ports[addr]
			})
			switch {
			case strings.HasPrefix(line, "go build"):
			case strings.HasPrefix(line, "bin/crdtd "):
				startByHand(t, dir, line)
			case strings.HasPrefix(line, "bin/crdtctl "):
				r := shell(t, dir, "export CRDTCTL_NODE=http://"+ports["127.0.0.1:7411"]+"\n"+line)
				if r.code != 0 {
					t.Fatalf("%s: exit %d\n%s%s", line, r.code, r.stdout, r.stderr)
				}
			default:
				script.WriteString(line)
			}
		}
	}
	// The last block resolves a conflict that the text only describes.
	commands := strings.Replace(script.String(), "a conflicts people\n", "", 1)
	commands = strings.Replace(commands, "a resolve people/ann --take 1\n", "", 1)
	r := shell(t, dir, "set -eu\n"+commands)
	if r.code != 0 {
		t.Fatalf("exit %d\n%s\n%s%s", r.code, commands, r.stdout, r.stderr)
	}
	_, rest, ok := strings.Cut(r.stdout, `"phone":"555-0100"`)
	if !ok {
		t.Errorf("what b wrote did not reach a:\n%s", r.stdout)
	}
	for _, want := range []string{`"Likes green tea. No milk."`, `["write","call","visit"]`} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %s in what both show after they met:\n%s", want, r.stdout)
		}
	}
	roots := cidText.FindAllString(rest, 2)
	if len(roots) != 2 || roots[0] != roots[1] {
		t.Errorf("roots %v\n%s", roots, r.stdout)
	}
}

// startByHand runs a line of the README that starts crdtd.
func startByHand(t *testing.T, dir, line string) {
	t.Helper()
	p := &peer{t: t, name: "readme", dir: dir}
	cmd := exec.Command("bash", "-c", "exec "+line)
	cmd.Dir = dir
	if err := p.run(cmd); err != nil {
		t.Fatal(err)
	}
}

func shell(t *testing.T, dir, script string) result {
	t.Helper()
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = dir
	return command(t, cmd, "")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
