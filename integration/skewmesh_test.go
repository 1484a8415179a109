package integration

import (
	"fmt"
	"testing"
)

// TestMeshOfNextVersion: two peers of the next version, and one of this in the middle through which
// all of theirs goes. What this one does not know (a kind of value in a field, and as a
// whole document) is kept where it edits beside it, also while it is alone and is killed, and is
// there to read and to edit at the next version; all come to one root.
func TestMeshOfNextVersion(t *testing.T) {
	t.Parallel()
	now := startPeer(t, "now")
	a, b := newPeer(t, "a").upgraded(), newPeer(t, "b").upgraded()
	a.start("--join", now.invite())
	a.ctl("put", "c/k", `{"f":"next:a","n":{"$counter":1}}`)
	a.ctl("put", "c/whole", `"next:whole"`)
	a.ctl("put", "new/k", `{"in":{"f":"next:b"},"l":["x","next:in a list"]}`)
	now.sees("c/k", `{"f":null,"n":1}`) // what it does not know it shows as null
	now.sees("c/whole", `null`)
	now.sees("new/k", `{"in":{"f":null},"l":["x",null]}`)
	a.stop() // from now on b has it from the one that does not know it
	b.start("--join", now.invite())
	b.sees("c/k", `{"f":"next:a","n":1}`)
	b.sees("c/whole", `"next:whole"`)
	b.sees("new/k", `{"in":{"f":"next:b"},"l":["x","next:in a list"]}`)

	b.ctl("sync", "--pause")
	now.ctl("incr", "c/k", "/n", "2")
	now.ctl("patch", "c/k", "--merge", `{"of-now":1}`)
	now.ctl("put", "new/k", `{"in":{"f":null,"beside":1},"l":["x",null,"y"]}`) // read, and written as it was read
	b.ctl("patch", "c/k", "--merge", `{"f":"next:changed","of-b":1}`)
	now.kill()
	now.start()
	b.ctl("sync", "--resume")
	a.start()
	for _, p := range []*peer{a, b} {
		p.sees("c/k", `{"f":"next:changed","n":3,"of-now":1,"of-b":1}`)
		p.sees("c/whole", `"next:whole"`)
		p.sees("new/k", `{"in":{"f":"next:b","beside":1},"l":["x","next:in a list","y"]}`)
	}
	now.sees("c/k", `{"f":null,"n":3,"of-now":1,"of-b":1}`)
	a.ctl("patch", "c/k", "--merge", `{"f":"known to all"}`)
	now.sees("c/k", `{"f":"known to all","n":3,"of-now":1,"of-b":1}`)
	for _, c := range []string{"c", "new"} {
		converged(t, c, a, now, b)
	}
	for _, p := range []*peer{a, now, b} {
		if out := p.ctl("verify"); out != "" {
			t.Errorf("verify at %s:\n%s", p.name, out)
		}
		if all := p.quarantined(); len(all) > 0 {
			t.Errorf("in quarantine at %s: %+v", p.name, all)
		}
	}
	now.stop()
	now.upgraded().start()
	now.sees("new/k", fmt.Sprintf(`{"in":{"f":%q,"beside":1},"l":["x","next:in a list","y"]}`, "next:b"))
	converged(t, "new", a, now, b)
}
