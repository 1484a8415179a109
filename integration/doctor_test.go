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

// TestDoctorSaysWhatIsOnlyHere: what was written while the other is away is told, with its age, also
// behind a stop; what the other was seen to hold is not, behind a stop or a kill.
func TestDoctorSaysWhatIsOnlyHere(t *testing.T) {
	t.Parallel()
	b := startPeer(t, "house")
	a := startPeer(t, "shed", "--join", b.invite())
	a.ctl("put", "people/ann", `{"name":"Ann"}`)
	a.ctl("wait", "--converged", "--timeout", "30s")
	b.stop()
	unsent := func() string { return strings.TrimSpace(a.ctl("status", "-o", "json", "--jq", ".unsent.documents")) }
	a.stop()
	a.start()
	if got := unsent(); got != "0" {
		t.Errorf("%s only here, and all is at the other", got)
	}
	if out := a.ctl("doctor"); strings.Contains(out, "only-here") {
		t.Errorf("doctor:\n%s", out)
	}
	a.ctl("put", "people/bob", `{"name":"Bob"}`)
	a.kill()
	a.start()
	if got := unsent(); got != "1" {
		t.Errorf("%s only here, behind a kill", got)
	}
	if after := strings.TrimSpace(a.ctl("status", "-o", "json", "--jq", ".unsent.after")); after == "null" {
		t.Error("it is not told how old that is")
	}
	if out := a.ctl("doctor"); !strings.Contains(out, "only-here") || !strings.Contains(out, "1 document ") {
		t.Errorf("doctor:\n%s", out)
	}
	b.start()
	a.ctl("wait", "--converged", "--timeout", "30s")
	if got := unsent(); got != "0" {
		t.Errorf("%s only here, and the other has come", got)
	}
}
