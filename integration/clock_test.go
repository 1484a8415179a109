package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	day   = 24 * time.Hour
	year  = 365 * day
	years = 50 * year
)

// clockProgram is crdtd built to take its clock from a file beside its directory.
var clockProgram = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(filepath.Dir(program.crdtd), "crdtd-clockfile")
	args := []string{"build", "-tags", "clockfile", "-o", bin}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "../cmd/crdtd")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build crdtd with a clock: %w\n%s", err, out)
	}
	return bin, nil
})

// clocked is a peer, not started, whose clock a test sets, before and while it runs.
func clocked(t *testing.T, name string, off time.Duration) *peer {
	t.Helper()
	p := newPeer(t, name)
	bin, err := clockProgram()
	must(t, err)
	p.bin = bin
	p.setClock(off)
	return p
}

// setClock sets the clock of p off from that of the machine.
func (p *peer) setClock(off time.Duration) {
	p.t.Helper()
	file := p.dir + ".clock"
	must(p.t, os.WriteFile(file+".new", []byte(off.String()), 0o600))
	must(p.t, os.Rename(file+".new", file))
}

// in1970 is how far a clock is off that shows the first day of 1970.
var in1970 = sync.OnceValue(func() time.Duration { return -time.Duration(time.Now().Unix()/86400) * day })

// seesClockOf waits until p says in status how far the clock of another is off, and, if
// that is more than five minutes, that doctor names the peer and how far; if not, that it
// says nothing.
func (p *peer) seesClockOf(other *peer, off time.Duration, says string) {
	p.t.Helper()
	eventually(p.t, func() error {
		var s struct {
			Peers []struct {
				Peer string
				Skew *float64
			}
		}
		if err := p.getJSON("/v1/status", &s); err != nil {
			return err
		}
		for _, q := range s.Peers {
			if q.Peer == other.id && q.Skew != nil && (time.Duration(*q.Skew*1e6)-off).Abs() < time.Minute {
				return nil
			}
		}
		return fmt.Errorf("%s does not see the clock of %s off by %s: %+v", p.name, other.name, off, s)
	})
	table, found := p.crdtctl("", "-o", "table", "peers").stdout, false
	for line := range strings.Lines(p.crdtctl("", "doctor").stdout) {
		if strings.HasPrefix(line, "clock\t"+other.name+"\t") {
			found = true
			if says == "" || !strings.Contains(line, says) {
				p.t.Errorf("%s: doctor says %q, want %q", p.name, line, says)
			}
		}
	}
	if !found && says != "" {
		p.t.Errorf("%s: doctor does not name %s:\n%s", p.name, other.name, p.crdtctl("", "doctor").stdout)
	}
	if ahead, _, _ := strings.Cut(says, " days"); ahead != says && !strings.Contains(table, ahead+"d") {
		p.t.Errorf("%s: peers does not show %sd:\n%s", p.name, ahead, table)
	}
}

// inTurn lets peers overwrite one document, each when it has seen what the one before it
// wrote: the last one counts, whatever the clocks say.
func inTurn(t *testing.T, address, tag string, peers ...*peer) {
	t.Helper()
	for round := range 2 {
		for _, p := range peers {
			text := fmt.Sprintf(`{"by":"%s %s %d"}`, p.name, tag, round)
			p.ctl("put", address, text)
			for _, q := range peers {
				q.sees(address, text)
			}
		}
	}
	for _, p := range peers {
		if out := p.ctl("conflicts", address); strings.TrimSpace(out) != "" {
			t.Errorf("%s, %s: conflicts where each had seen the other:\n%s", p.name, tag, out)
		}
	}
}

// mark is the latest time that a peer has given to a change, or taken over, as noted when
// it was stopped.
func (p *peer) mark() time.Time {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "watermark"))
	must(p.t, err)
	_, b, _ = bytes.Cut(b, []byte("\n"))
	var note struct{ Clock crdt.Timestamp }
	must(p.t, json.Unmarshal(b, &note))
	return note.Clock.Time()
}

// notDragged stops a peer and fails if its clock was taken further ahead than a peer may.
func (p *peer) notDragged() {
	p.t.Helper()
	p.stop()
	if ahead := time.Until(p.mark()); ahead > crdt.MaxDrag {
		p.t.Errorf("the clock of %s was dragged %s ahead", p.name, ahead)
	}
}

// TestClockIn1970: a device without a battery for its clock starts in 1970, writes, and is
// set right by the network while it runs.
func TestClockIn1970(t *testing.T) {
	t.Parallel()
	a, b := startPeer(t, "a"), clocked(t, "b", in1970())
	b.start("--join", a.invite())
	inTurn(t, "c/k", "in 1970", a, b)
	days := int(-in1970() / day)
	a.seesClockOf(b, in1970(), fmt.Sprintf("%d days behind", days))
	b.seesClockOf(a, -in1970(), fmt.Sprintf("%d days ahead", days))
	b.setClock(0)
	inTurn(t, "c/k", "set right", a, b)
	b.kill()
	b.start()
	inTurn(t, "c/k", "after a kill", b, a)
	a.seesClockOf(b, 0, "")
	b.stop()

	// Started in 1970 again, it goes on from when it wrote last: what it writes is later than
	// what somebody else wrote before that, and had not told.
	a.ctl("put", "c/k", `{"by":"a, alone"}`)
	a.stop()
	b.start()
	b.ctl("put", "c/later", `1`)
	b.kill()
	b.setClock(in1970())
	b.start()
	b.ctl("put", "c/k", `{"by":"b, alone"}`)
	a.start()
	for _, p := range []*peer{a, b} {
		p.sees("c/later", `1`)
		p.sees("c/k", `{"by":"b, alone"}`)
	}
	converged(t, "c", a, b)
	b.notDragged()
	a.notDragged()
}

// TestClockADayAheadAndBack: a clock is set a day ahead, and back by two while the node
// runs, and the process is killed in between.
func TestClockADayAheadAndBack(t *testing.T) {
	t.Parallel()
	a, b := startPeer(t, "a"), clocked(t, "b", 0)
	b.start("--join", a.invite())
	inTurn(t, "c/k", "right", a, b)
	b.setClock(day + time.Hour)
	inTurn(t, "c/k", "ahead", a, b)
	b.kill()
	b.start()
	a.seesClockOf(b, day+time.Hour, "25h0m0s ahead")
	b.setClock(-day)
	inTurn(t, "c/k", "behind", a, b)
	b.kill()
	b.start()
	inTurn(t, "c/k", "behind, after a kill", b, a)
	a.seesClockOf(b, -day, "24h0m0s behind")
	b.stop()
	b.setClock(0)
	b.start()
	inTurn(t, "c/k", "right again", b, a)
	converged(t, "c", a, b)
	a.notDragged()
}

// ahead is a peer whose clock is right, and one in whose clock it is 50 years later, which
// has written a document of its own, and one at the same time as the other.
func ahead(t *testing.T) (a, b *peer) {
	t.Helper()
	a, b = startPeer(t, "a"), clocked(t, "b", years)
	b.start("--join", a.invite())
	a.ctl("put", "c/both", `{"v":"base"}`)
	b.sees("c/both", `{"v":"base"}`)
	b.pause()
	a.ctl("put", "c/both", `{"v":"a"}`)
	b.ctl("put", "c/both", `{"v":"b"}`)
	b.ctl("put", "c/own", `{"of":"b"}`)
	b.resume()
	for _, p := range []*peer{a, b} {
		p.sees("c/own", `{"of":"b"}`)
		p.sees("c/both", `{"v":"b"}`) // the later stamp is shown,
		eventually(t, func() error {  // and nothing is lost
			if out := p.ctl("conflicts", "c/both"); !strings.Contains(out, `"a"`) {
				return fmt.Errorf("%s: conflicts of c/both: %q", p.name, out)
			}
			return nil
		})
	}
	return a, b
}

// TestClock50YearsAhead: what a peer writes whose clock is 50 years ahead is kept, nobody's
// clock follows it, and what others write on top of it counts.
func TestClock50YearsAhead(t *testing.T) {
	t.Parallel()
	a, b := ahead(t)
	a.seesClockOf(b, years, "18250 days ahead")
	b.seesClockOf(a, -years, "18250 days behind")
	if out := a.crdtctl("", "doctor"); out.code != 7 || !strings.Contains(out.stdout, "skewed") {
		t.Errorf("doctor says nothing of stamps that are far ahead: exit %d\n%s", out.code, out.stdout)
	}
	a.ctl("put", "c/both", `{"v":"a, later"}`)
	b.sees("c/both", `{"v":"a, later"}`)
	inTurn(t, "c/k", "ahead", b, a)
	a.kill()
	a.start()
	inTurn(t, "c/k", "after a kill", b, a)
	converged(t, "c", a, b)
	a.notDragged()
}

// TestClocksInArchives: changes that are stamped 50 years ahead go through a backup and
// through bundles as any others, and take nobody's clock with them.
func TestClocksInArchives(t *testing.T) {
	t.Parallel()
	a, b := ahead(t)
	stick := t.TempDir()
	of := func(p *peer, kind ...string) string {
		file := filepath.Join(stick, p.name+kind[0])
		p.ctl(append(kind, file)...)
		return file
	}
	for _, p := range []*peer{a, b} { // of a peer that has taken them in, and of the one that has made them
		restored := clocked(t, "restored-"+p.name, 0)
		if r := restore(t, restored.dir, of(p, "backup")); r.code != 0 {
			t.Fatalf("restore: %d %s", r.code, r.stderr)
		}
		restored.start()
		restored.sees("c/own", `{"of":"b"}`)
		restored.ctl("put", "c/own", `{"of":"restored"}`)
		restored.sees("c/own", `{"of":"restored"}`)
		restored.notDragged()
	}
	far := newPeer(t, "far") // of the same mesh, and meets nobody
	secret, err := os.ReadFile(filepath.Join(a.dir, "mesh.secret"))
	must(t, err)
	must(t, os.MkdirAll(far.dir, 0o700))
	must(t, os.WriteFile(filepath.Join(far.dir, "mesh.secret"), secret, 0o600))
	far.start()
	far.ctl("bundle", "import", of(b, "bundle", "export"))
	far.sees("c/both", `{"v":"b"}`)
	if out := far.crdtctl("", "doctor").stdout; !strings.Contains(out, "skewed") {
		t.Errorf("doctor says nothing of stamps that came with a bundle:\n%s", out)
	}
	far.ctl("put", "c/both", `{"v":"far"}`)
	far.ctl("put", "c/own", `{"of":"far"}`)
	b.ctl("bundle", "import", of(far, "bundle", "export"))
	for _, p := range []*peer{a, b, far} {
		p.sees("c/both", `{"v":"far"}`)
		p.sees("c/own", `{"of":"far"}`)
	}
	far.notDragged()
	a.notDragged()
}

// TestClocksInARepair: two copies of a store that do not know of each other, one of which
// is 50 years ahead, write under the same dots. They are made one, and the clock of neither
// the other copy nor of a third is taken along.
func TestClocksInARepair(t *testing.T) {
	t.Parallel()
	x, b := founders(t, withoutPlace(t))
	x.stop()
	b.stop()
	y := clocked(t, "a", 0)
	y.dir = filepath.Join(filepath.Dir(x.dir), "copy")
	y.setClock(years)
	copyTree(t, x.dir, y.dir)
	for _, p := range []*peer{x, y} {
		p.start()
		p.ctl("put", "c/k", fmt.Sprintf(`{"of":%d}`, p.port))
		p.ctl("put", fmt.Sprintf("c/own-%d", p.port), `{}`)
		p.stop()
	}
	b.start()
	x.start()
	b.sees(fmt.Sprintf("c/own-%d", x.port), `{}`)
	converged(t, "c", x, b)
	x.stop()
	y.start("--join", b.invite())
	b.sees(fmt.Sprintf("c/own-%d", y.port), `{}`)
	converged(t, "c", y, b)
	b.ctl("put", "c/k", `{"of":"b"}`)
	y.sees("c/k", `{"of":"b"}`)
	inTurn(t, "c/k", "repaired", y, b)
	y.stop()
	x.start()
	converged(t, "c", x, b)
	inTurn(t, "c/k", "repaired", x, b)
	x.notDragged()
	b.notDragged()
}
