package integration

import (
	"strings"
	"testing"
)

// TestDoctor reads what doctor and verify say of a sound node that is alone, and
// of one that was killed.
func TestDoctor(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "shed")
	p.ctl("put", "people/ann", `{"name":"Ann"}`)
	if out := p.ctl("verify"); out != "" {
		t.Errorf("verify of a sound node:\n%s", out)
	}
	if out := p.ctl("doctor"); !strings.Contains(out, "no-peers") || strings.Contains(out, "unclean") {
		t.Errorf("doctor of a node that is alone:\n%s", out)
	}
	p.kill()
	p.start()
	if out := p.ctl("doctor"); !strings.Contains(out, "unclean") {
		t.Errorf("doctor of a node that was killed:\n%s", out)
	}
	if out := p.ctl("verify", "people"); out != "" {
		t.Errorf("verify of a node that was killed:\n%s", out)
	}
	p.stop()
	p.start()
	if out := p.ctl("doctor"); strings.Contains(out, "unclean") {
		t.Errorf("doctor of a node that was stopped:\n%s", out)
	}
}
