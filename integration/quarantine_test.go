package integration

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// kept is one line of `crdtctl quarantine -o json`.
type kept struct {
	ID                                                    uint64
	Kind, Origin, Collection, Key, Reason, Raw, Why, Time string
	Outcome                                               string
}

// quarantined is what a peer has in quarantine, with its bytes, without numbers.
func (p *peer) quarantined() (all []kept) {
	p.t.Helper()
	must(p.t, json.Unmarshal([]byte(p.ctl("quarantine", "ls", "-o", "json")), &all))
	for i := range all {
		must(p.t, json.Unmarshal([]byte(p.ctl("quarantine", "show", fmt.Sprint(all[i].ID), "-o", "json")), &all[i]))
	}
	return all
}

// released is what `crdtctl quarantine release --all` says of each, and how it ends.
func (p *peer) released(code int) map[string]string {
	p.t.Helper()
	r := p.crdtctl("", "quarantine", "release", "--all", "-o", "json", "--timeout", unhurried)
	if r.code != code {
		p.t.Errorf("%s: release --all: exit %d, want %d\n%s%s", p.name, r.code, code, r.stdout, r.stderr)
	}
	var all []kept
	must(p.t, json.Unmarshal([]byte(r.stdout), &all))
	out := map[string]string{}
	for _, k := range all {
		out[k.Collection+"/"+k.Key] = k.Outcome
	}
	return out
}

// tooDeep is a document that is nested deeper than this version allows, and not the next.
var tooDeep = deep(70)

// keptOfNext waits until a peer has put aside the two documents of the next version.
func keptOfNext(p *peer) []kept {
	p.t.Helper()
	var all []kept
	eventually(p.t, func() error {
		if all = p.quarantined(); len(all) != 2 {
			return fmt.Errorf("in quarantine: %+v", all)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b kept) int { return strings.Compare(a.Key, b.Key) })
	for i, want := range []kept{{Key: "deep", Reason: "nested too deep"}, {Key: "new", Reason: "unknown document format: 2"}} {
		if k := all[i]; k.Key != want.Key || !strings.Contains(k.Reason, want.Reason) || k.Collection != "c" || k.Kind != "document" || k.Raw == "" || k.Origin == "" {
			p.t.Fatalf("in quarantine: %+v", all)
		}
	}
	return all
}

// writeNext has a peer of the next version write what this one cannot take.
func writeNext(p *peer) {
	p.t.Helper()
	p.ctl("put", "c/new", `{"a":"format two"}`)
	p.ctlIn(tooDeep, "put", "c/deep", "-")
	p.ctl("put", "c/after", `1`)
}

// TestQuarantineUntilUpgrade: what a peer of the next version sends and this one cannot
// read, or which breaks a bound of this one, is listed with its reason, and nothing else waits for it. It is
// there after a stop and after a kill, is refused again as long as it cannot be taken,
// and comes back after an upgrade.
func TestQuarantineUntilUpgrade(t *testing.T) {
	t.Parallel()
	b := startPeer(t, "b")
	a := newPeer(t, "a").upgraded()
	a.start("--join", b.invite())
	writeNext(a)
	b.sees("c/after", `1`)
	before := keptOfNext(b)
	b.ctl("put", "c/of-b", `1`)
	a.sees("c/of-b", `1`)

	same := func(when string) {
		t.Helper()
		if now := keptOfNext(b); !slices.EqualFunc(now, before, func(x, y kept) bool { return x.Raw == y.Raw && x.Reason == y.Reason && x.Origin == y.Origin }) {
			t.Errorf("%s: in quarantine %+v, was %+v", when, now, before)
		}
	}
	b.stop()
	b.start()
	same("stopped")
	b.kill()
	b.start()
	same("killed")
	if got := b.released(1); len(got) != 2 || got["c/new"] != "refused" || got["c/deep"] != "refused" {
		t.Errorf("released by this version: %v", got)
	}
	same("refused again")
	a.ctl("put", "c/after", `2`)
	b.sees("c/after", `2`)

	b.stop()
	b.upgraded().start()
	b.sees("c/new", `{"a":"format two"}`) // who meets its peer anew is offered it anew
	b.sees("c/deep", tooDeep)
	for addr, outcome := range b.released(0) {
		if outcome != "back" {
			t.Errorf("after the upgrade: %s is %s", addr, outcome)
		}
	}
	converged(t, "c", a, b)
	if left := b.quarantined(); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	if r := b.crdtctl("", "quarantine", "release", "--all"); r.code != 0 || !strings.Contains(r.stderr, "nothing is in quarantine") {
		t.Errorf("nothing to release: exit %d, %s", r.code, r.stderr)
	}
}

// TestQuarantineDropAll: all is dropped at once, stays dropped after a kill, and who dropped
// it goes on with everything else.
func TestQuarantineDropAll(t *testing.T) {
	t.Parallel()
	b := startPeer(t, "b")
	a := newPeer(t, "a").upgraded()
	a.start("--join", b.invite())
	writeNext(a)
	keptOfNext(b)
	a.stop()
	// The peer that has them is away: nothing is dropped for it.
	if got := b.released(1); got["c/new"] != "refused" || got["c/deep"] != "refused" {
		t.Errorf("released while the peer is away: %v", got)
	}
	keptOfNext(b)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"drop", "--all", "1"}, 2, ""},
		{[]string{"drop", "--all", "--timeout", "1s"}, 2, ""},
		{[]string{"show", "--all"}, 2, ""},
		{[]string{"drop"}, 2, ""},
		{[]string{"drop", "77"}, 3, ""},
		{[]string{"drop", "--all"}, 0, "2 dropped"},
		{[]string{"drop", "--all"}, 0, "0 dropped"},
	} {
		if r := b.crdtctl("", append([]string{"quarantine"}, c.args...)...); r.code != c.code || !strings.Contains(r.stdout, c.says) {
			t.Errorf("%v: exit %d, want %d\n%s%s", c.args, r.code, c.code, r.stdout, r.stderr)
		}
	}
	b.kill()
	b.start()
	if left := b.quarantined(); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	b.sees("c/after", `1`)
}

// TestQuarantineOfDamage: what was held here and was damaged is in quarantine, nobody else
// has it, and release --all says which came back and which did not.
func TestQuarantineOfDamage(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("sync", "--pause")
	for _, key := range []string{"good", "bad"} {
		a.ctl("put", "c/"+key, `{"text":"needle `+key+`"}`)
	}
	a.stop()
	a.start()
	flipText(t, a, "needle bad")
	a.ctl("sync", "--resume")
	a.ctlFails([]int{1, 3}, "get", "c/bad") // damaged or, soon, given up
	b.sees("c/good", `{"text":"needle good"}`)
	eventually(t, func() error {
		if all := a.quarantined(); len(all) != 1 || all[0].Kind != "raw" || all[0].Key != "bad" || all[0].Origin != "" {
			return fmt.Errorf("in quarantine: %+v", all)
		}
		return nil
	})
	if got := a.released(1); got["c/bad"] != "refused" {
		t.Errorf("released: %v", got)
	}
	if r := a.crdtctl("", "quarantine", "release", "--all"); !strings.Contains(r.stderr, "of 1 came back 0, refused again and still in quarantine 1") {
		t.Errorf("it says %q", r.stderr)
	}
}
