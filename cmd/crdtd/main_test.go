package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crdtstore/crdtstore/internal/patience"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"crdtd": main})
}

// process is a crdtd that serves.
type process struct {
	t          *testing.T
	command    *exec.Cmd
	stderr     *bytes.Buffer
	name, peer string
	url, data  string
}

var readyLine = regexp.MustCompile(`^ready name=("[^"]+"|\S+) peer=(12D3\w+) http=(\S+) data=(.+)\n$`)

// quiet are the flags of a node that no other test must find.
var quiet = []string{"--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"}

// prepare is a command without the environment of the machine.
func prepare(t *testing.T, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.Command("crdtd", args...)
	home := t.TempDir()
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + home + "/state"}, env...)
	stderr := &bytes.Buffer{}
	c.Stderr = stderr
	return c, stderr
}

// start starts crdtd and waits for its ready line.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	c, stderr := prepare(t, env, args...)
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	m := readyLine.FindStringSubmatch(line)
	if m == nil {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
		t.Fatalf("ready line %q, %v; stderr:\n%s", line, err, stderr)
	}
	p := &process{t, c, stderr, m[1], m[2], m[3], m[4]}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			p.stop()
		}
	})
	return p
}

// stop ends it with SIGTERM, and wants exit code 0.
func (p *process) stop() {
	p.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.command.Wait(); err != nil {
		p.t.Errorf("after SIGTERM: %v; stderr:\n%s", err, p.stderr)
	}
}

// fails runs crdtd to its end, which must be the exit code, and returns stderr.
func fails(t *testing.T, code int, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
	defer cancel()
	c, stderr := prepare(t, env, args...)
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	defer stop()
	err := c.Run()
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("crdtd %s: %v, want exit code %d; stderr:\n%s", strings.Join(args, " "), err, code, stderr)
	}
	return stderr.String()
}

func with(flags []string, more ...string) []string {
	return append(append([]string{}, flags...), more...)
}

func wantAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func TestUsage(t *testing.T) {
	wantAll(t, fails(t, 2, nil, "--loud"), "crdtd: unknown flag --loud")
	wantAll(t, fails(t, 2, nil, "dance"), `unknown command "dance"`)
	wantAll(t, fails(t, 2, nil, "demo", "x"), "demo takes no argument")
	for _, args := range [][]string{{"--help"}, {"--version"}, {"demo", "--help"}} {
		c, stderr := prepare(t, nil, args...)
		if out, err := c.Output(); err != nil || len(out) == 0 {
			t.Errorf("%v: %v %s", args, err, stderr)
		}
	}
}

// TestEveryBadSettingIsNamedAtOnce: whatever source it comes from.
func TestEveryBadSettingIsNamedAtOnce(t *testing.T) {
	file := t.TempDir() + "/crdtd.toml"
	if err := os.WriteFile(file, []byte("profile = \"huge\"\nlisten = [\"nowhere\"]\ncolour = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := fails(t, 2, []string{"CRDTD_DURABILITY=maybe"}, "--config", file, "--http", "7411", "--log-level=loud", "--tls-cert", "x.pem")
	wantAll(t, got, "--http: ", "--log-level: ", "CRDTD_DURABILITY: ", "profile in "+file, "listen in "+file, `"colour" in `+file, "tls-cert and tls-key")
}

func TestDemo(t *testing.T) {
	c, stderr := prepare(t, nil, "demo")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr)
	}
	text := string(out)
	wantAll(t, text, `"budget":1135`, `"packing":["camera"]`, "trips/oslo  (removed)", `trips/bern  {"tower":"Zytglogge"}`, "edited-while-removed", "<- shown",
		`trips/plan  {"days":["Vatican","Colosseum","Gelato"],"note":"Meet all at nine. Bring water."}`)
	roots := regexp.MustCompile(`(?m)^   (ann|bob|cat)  (bafy\w+)$`).FindAllStringSubmatch(text, -1)
	if len(roots) != 3 || roots[0][2] != roots[1][2] || roots[1][2] != roots[2][2] {
		t.Errorf("roots: %v", roots)
	}
}
