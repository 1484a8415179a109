package integration

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestDemo: three peers in one terminal end with three equal roots.
func TestDemo(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(program.crdtd, "demo")
	home := t.TempDir()
	cmd.Env = append(cleanEnv(), "HOME="+home, "XDG_STATE_HOME="+home)
	start := time.Now()
	r := command(t, cmd, "")
	t.Logf("crdtd demo took %v", time.Since(start).Round(time.Millisecond))
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	roots := map[string]int{}
	for _, c := range cidText.FindAllString(r.stdout, -1) {
		roots[c]++
	}
	equal := 0
	for _, n := range roots {
		equal = max(equal, n)
	}
	if equal < 3 {
		t.Errorf("no root is printed three times: %v\n%s", roots, r.stdout)
	}
	if !strings.Contains(r.stdout, "edited-while-removed") || !strings.Contains(r.stdout, "<- shown") {
		t.Errorf("the demo does not list the conflicts that remain:\n%s", r.stdout)
	}
}
