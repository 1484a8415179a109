package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestEditsApart lets two peers edit the same documents while each is alone,
// and looks at what both hold when they have met again.
func TestEditsApart(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	for addr, doc := range map[string]string{
		"c/fields":    `{"name":"Ann","age":30}`,
		"c/counter":   `{"visits":{"$counter":10}}`,
		"c/set":       `{"tags":{"$set":["red"]}}`,
		"c/value":     `{"city":"Oslo"}`,
		"c/untouched": `{"x":1}`,
		"c/edited":    `{"x":1,"y":1}`,
	} {
		a.ctl("put", addr, doc)
	}
	converged(t, "c", a, b)

	b.stop()
	a.ctl("patch", "c/fields", "--merge", `{"age":31}`)
	a.ctl("incr", "c/counter", "/visits", "5")
	a.ctl("add", "c/set", "/tags", `"green"`)
	a.ctl("patch", "c/value", "--merge", `{"city":"Rome"}`)
	a.ctl("del", "c/untouched")
	a.ctl("del", "c/edited")
	a.stop()
	b.restart()
	b.ctl("patch", "c/fields", "--merge", `{"name":"Anna"}`)
	b.ctl("incr", "c/counter", "/visits", "-2")
	b.ctl("add", "c/set", "/tags", `"blue"`)
	b.ctl("patch", "c/value", "--merge", `{"city":"Bonn"}`)
	b.ctl("patch", "c/edited", "--merge", `{"y":2}`)
	a.restart()
	converged(t, "c", a, b)

	for _, p := range m {
		t.Run("on "+p.name, func(t *testing.T) {
			p.sees("c/fields", `{"name":"Anna","age":31}`)
			p.sees("c/counter", `{"visits":13}`)
			p.sees("c/set", `{"tags":["blue","green","red"]}`)
			p.sees("c/value", `{"city":"Bonn"}`) // written later
			p.lacks("c/untouched")
			p.sees("c/edited", `{"y":2}`) // what was edited survives the delete
		})
	}
	if ca, cb := a.conflicts("c/value"), b.conflicts("c/value"); ca != cb || !strings.Contains(ca, "Rome") {
		t.Errorf("the conflict on a and b, which should both name Rome:\n%s\n%s", ca, cb)
	}

	b.ctl("resolve", "c/value", `"Rome"`)
	b.ctl("resolve", "c/edited", "--take", "1")
	for _, p := range m {
		p.sees("c/value", `{"city":"Rome"}`)
		eventually(t, func() error {
			if r := p.crdtctl("", "conflicts", "--fail"); r.code != 0 {
				return fmt.Errorf("%s still lists conflicts: exit %d\n%s%s", p.name, r.code, r.stdout, r.stderr)
			}
			return nil
		})
	}

	converged(t, "c", a, b)
	a.stop()
	b.stop()
	a.restart()
	b.restart()
	a.ctl("wait", "--converged", "--timeout", unhurried)
	for _, p := range m {
		p.lacks("c/untouched") // and nobody brings it back
		p.sees("c/value", `{"city":"Rome"}`)
	}
	converged(t, "c", a, b)
}

// conflicts is the list of conflicts of a document as JSON, in one form.
func (p *peer) conflicts(addr string) string {
	p.t.Helper()
	v, err := decodeJSON(p.ctl("-o", "json", "conflicts", addr))
	if err != nil {
		p.t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}
