package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

const opsType = "Content-Type: application/vnd.crdt.ops+json"

// typist types marks into the text of c/novel. A mark is one character that
// nobody else uses, so it can be found again wherever others have typed.
type typist struct {
	*peer
	marks []rune
	rnd   *rand.Rand
}

const firstMark = '\U000F0000' // private use, two UTF-16 units

func typistOf(p *peer, number, marks int) *typist {
	ty := &typist{peer: p, rnd: rand.New(rand.NewPCG(uint64(number), 1))}
	for i := range marks {
		ty.marks = append(ty.marks, firstMark+rune(number*1000+i))
	}
	return ty
}

// types types some of the marks: by the command line, or by HTTP.
func (ty *typist) types(marks []rune, byCommand bool) error {
	if byCommand {
		return ty.byCommand(marks, len(manuscript())/2)
	}
	return ty.byHTTP(marks, len(manuscript())/2)
}

// byCommand types the marks with crdtctl text; positions are code points.
func (ty *typist) byCommand(marks []rune, characters int) error {
	for _, mark := range marks {
		at := strconv.Itoa(ty.rnd.IntN(characters))
		if r := ty.crdtctl("", "text", "c/novel", "/body", "--at", at, "--insert", string(mark)); r.code != 0 {
			return fmt.Errorf("%s: crdtctl text: exit %d\n%s", ty.name, r.code, r.stderr)
		}
	}
	return nil
}

// byHTTP types the marks with typed operations; positions are UTF-16 units, and
// one between the two units of another's mark is refused and chosen anew.
func (ty *typist) byHTTP(marks []rune, units int) error {
	for _, mark := range marks {
		for {
			op := fmt.Sprintf(`[{"op":"insert","path":"/body","at":%d,"text":"%c"}]`, ty.rnd.IntN(units), mark)
			a, err := ty.try("PATCH", "/v1/docs/c/novel?units=utf16", op, opsType)
			if err != nil {
				return err
			}
			if a.status == 422 && strings.Contains(a.body, `"split-character"`) {
				continue
			}
			if a.status != 200 {
				return fmt.Errorf("%s: %s: %d %s", ty.name, op, a.status, a.body)
			}
			break
		}
	}
	return nil
}

// novel is the text that a peer shows.
func (p *peer) novel() string {
	p.t.Helper()
	var text string
	if err := p.getJSON("/v1/docs/c/novel?path=/body", &text); err != nil {
		p.t.Fatal(err)
	}
	return text
}

// split takes the marks out of a text and counts them.
func split(text string) (rest string, marks map[rune]int) {
	marks = map[rune]int{}
	return strings.Map(func(r rune) rune {
		if r >= firstMark {
			marks[r]++
			return -1
		}
		return r
	}, text), marks
}

// manuscript is a text of 256 KiB; every line is another one.
func manuscript() string {
	var b strings.Builder
	for i := 0; b.Len() < 256<<10; i++ {
		fmt.Fprintf(&b, "%06d Es war einmal, und wenn sie nicht gestorben sind.\n", i)
	}
	return b.String()[:256<<10]
}

// TestThreePeersTypeIntoOneText: a large text, edited by three peers at once
// through the command line and HTTP. One of them is cut off, types and deletes
// alone, and heals.
func TestThreePeersTypeIntoOneText(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b", "c")
	a, b, c := m[0], m[1], m[2]
	start := manuscript()
	doc, err := json.Marshal(map[string]any{"title": "novel", "body": map[string]string{"$text": start}})
	must(t, err)
	a.ctlIn(string(doc), "put", "c/novel", "-")
	converged(t, "c", a, b, c)

	c.pause()
	a.ctl("text", "c/novel", "/body", "--at", "0", "--delete", "100")
	c.ctl("text", "c/novel", "/body", "--at", "50", "--delete", "100") // overlapping
	const marks = 30
	typists := []*typist{typistOf(a, 0, 2*marks), typistOf(b, 1, 2*marks), typistOf(c, 2, 2*marks)}
	together(t, typists, func(ty *typist) []rune { return ty.marks[:marks] }, func() {})
	converged(t, "c", a, b)
	if _, seen := split(c.novel()); len(seen) != marks {
		t.Errorf("c is cut off and shows %d marks, its own are %d", len(seen), marks)
	}
	together(t, typists, func(ty *typist) []rune { return ty.marks[marks:] }, c.resume) // it heals while all type
	converged(t, "c", a, b, c)
	text := a.novel()
	rest, seen := split(text)
	if rest != start[150:] {
		t.Errorf("what nobody touched is not there: %d of %d characters", len(rest), len(start)-150)
	}
	for _, ty := range typists {
		for _, mark := range ty.marks {
			if seen[mark] != 1 {
				t.Errorf("a mark of %s is there %d times", ty.name, seen[mark])
			}
		}
	}
	for _, p := range []*peer{b, c} {
		if p.novel() != text {
			t.Errorf("%s shows another text than a", p.name)
		}
	}
	refuses(t, a, len(utf16.Encode([]rune(text))))
	a.ctl("wait", "--converged", "--timeout", unhurried)
}

// together lets all type at once, and does something meanwhile.
func together(t *testing.T, typists []*typist, marks func(*typist) []rune, meanwhile func()) {
	t.Helper()
	var wait sync.WaitGroup
	errs := make([]error, len(typists))
	for i, ty := range typists {
		wait.Go(func() { errs[i] = ty.types(marks(ty), i == 0) })
	}
	meanwhile()
	wait.Wait()
	must(t, errors.Join(errs...))
}

// refuses asks for edits that are none, all of which must be refused by name
// and change nothing.
func refuses(t *testing.T, p *peer, units int) {
	t.Helper()
	before := p.request("HEAD", "/v1/docs/c/novel", "").header.Get("ETag")
	for _, c := range []struct{ op, code string }{
		{fmt.Sprintf(`{"op":"insert","path":"/body","at":%d,"text":"x"}`, units+1), "invalid-position"},
		{`{"op":"insert","path":"/body","at":-1,"text":"x"}`, "invalid-position"},
		{fmt.Sprintf(`{"op":"delete","path":"/body","at":0,"len":%d}`, units+1), "invalid-position"},
		{`{"op":"delete","path":"/body","at":0,"len":-1}`, "invalid-position"},
	} {
		answer := p.request("PATCH", "/v1/docs/c/novel?units=utf16", "["+c.op+"]", opsType)
		if pr := p.refusal(answer, c.op); pr.Code != c.code {
			t.Errorf("%s: %+v, want %s", c.op, pr, c.code)
		}
	}
	if after := p.request("HEAD", "/v1/docs/c/novel", "").header.Get("ETag"); after != before {
		t.Errorf("a refused edit changed the document: %s, was %s", after, before)
	}
}
