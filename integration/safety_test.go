package integration

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestForeignPagesAreRefused: a browser that runs somebody's page must not be
// able to read or write a store on loopback.
func TestForeignPagesAreRefused(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	p.ctl("put", "c/k", `{"n":1}`)
	for _, header := range []string{
		"Host: evil.example", "Host: evil.example:7411", "Host: 127.0.0.1.evil.example",
		"Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1",
		"Sec-Fetch-Site: cross-site",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE", "POST"} {
			if method == "GET" && strings.HasPrefix(header, "Sec-Fetch-Site") {
				continue // a link to the console is a cross-site GET
			}
			path := docPath("c", "k")
			if method == "POST" {
				path = "/v1/sync"
			}
			if a := p.request(method, path, `{"evil":1}`, header); a.status != 403 {
				t.Errorf("%s with %q: %d, want 403: %s", method, header, a.status, a.body)
			} else if a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s with %q: another origin may read the answer", method, header)
			}
		}
	}
	p.sees("c/k", `{"n":1}`)
	for _, header := range []string{"Host: localhost:80", "Origin: " + p.http} {
		if a := p.request("GET", docPath("c", "k"), "", header); a.status != 200 {
			t.Errorf("GET with %q: %d %s", header, a.status, a.body)
		}
	}
	if a := p.request("POST", "/v1/invites", ""); a.status != 401 && a.status != 403 {
		t.Errorf("an invite without a token: %d %s", a.status, a.body)
	}
}

// TestOffLoopbackIsRefused: without token and TLS nothing listens for others.
func TestOffLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		r := command(t, exec.Command(program.crdtd, "--data-dir", t.TempDir(), "--no-mdns",
			"--listen", "/ip4/127.0.0.1/tcp/0", "--http", addr), "")
		if r.code == 0 || strings.Contains(r.stdout, "ready") || !strings.Contains(strings.ToLower(r.stderr), "tls") || !strings.Contains(r.stderr, "token") {
			t.Errorf("--http %s: exit %d, should say that it needs a token and TLS\n%s%s", addr, r.code, r.stdout, r.stderr)
		}
	}
}

// TestOneProcessPerDirectory: the second is refused, and told whom to ask.
func TestOneProcessPerDirectory(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	r := command(t, exec.Command(program.crdtd, "--data-dir", p.dir, "--no-mdns",
		"--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"), "")
	if r.code == 0 || !strings.Contains(r.stderr, fmt.Sprint(p.cmd.Process.Pid)) {
		t.Errorf("second process: exit %d, should name pid %d\n%s%s", r.code, p.cmd.Process.Pid, r.stdout, r.stderr)
	}
	p.ctl("put", "c/k", `{}`)
	p.kill()
	p.restart() // a lock left by a dead process does not hold
	p.sees("c/k", `{}`)
}

// TestBadFlags: a mistake is named, with exit code 2, and nothing is made.
func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--no-such-flag"}, {"--http", "nonsense"}, {"--listen", "nonsense"}, {"--durability", "maybe"},
		{"--profile", "huge"}, {"--join", "nonsense"}, {"--log-format", "xml"}, {"nonsense"},
	} {
		r := command(t, exec.Command(program.crdtd, append([]string{"--data-dir", t.TempDir()}, args...)...), "")
		if r.code != 2 || r.stderr == "" {
			t.Errorf("crdtd %q: exit %d, want 2\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
}
