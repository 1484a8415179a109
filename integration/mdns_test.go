package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMDNSAlone puts two peers of one mesh into two network namespaces that
// share nothing but a cable, and gives neither the other's address.
func TestMDNSAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("network namespaces need ip (apt-get install iproute2)")
	}
	a, b := namespaced(t, "a", "10.77.0.1"), namespaced(t, "b", "10.77.0.2")
	cable := [...]string{a.prefix[3], b.prefix[3]}
	ip(t, "link", "add", "v0", "netns", cable[0], "type", "veth", "peer", "name", "v0", "netns", cable[1])
	for i, p := range []*peer{a, b} {
		ip(t, "-n", cable[i], "link", "set", "lo", "up")
		ip(t, "-n", cable[i], "addr", "add", p.listen+"/24", "dev", "v0")
		ip(t, "-n", cable[i], "link", "set", "v0", "up")
		ip(t, "-n", cable[i], "route", "add", "224.0.0.0/4", "dev", "v0")
	}
	a.start()
	secret, err := os.ReadFile(filepath.Join(a.dir, "mesh.secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "mesh.secret"), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	b.start()
	a.ctl("put", "c/x", `{"n":1}`)
	b.sees("c/x", `{"n":1}`)
	b.ctl("put", "c/y", `{"n":2}`)
	a.sees("c/y", `{"n":2}`)
	if ra, rb := a.rootByCtl("c"), b.rootByCtl("c"); ra != rb {
		t.Errorf("roots %s and %s", ra, rb)
	}
}

// namespaced is a peer whose programs run in a network namespace of its own.
func namespaced(t *testing.T, name, addr string) *peer {
	p := newPeer(t, name)
	space := fmt.Sprintf("crdtstore-%d-%s", os.Getpid(), name)
	if out, err := exec.Command("ip", "netns", "add", space).CombinedOutput(); err != nil {
		t.Skipf("network namespaces are not to be had here: %v: %s", err, strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() { ip(t, "netns", "delete", space) })
	p.prefix = []string{"ip", "netns", "exec", space}
	p.listen, p.mdns = addr, true
	return p
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %q: %v: %s", args, err, out)
	}
}
