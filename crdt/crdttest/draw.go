package crdttest

import (
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// Names draws a field name out of few, so that edits meet.
var Names = rapid.SampledFrom([]string{"a", "b", "cc", "", "a/b~c", "$$d"})

// Scalars draws the JSON of a scalar out of few, with those that are equal and
// those that nearly are.
var Scalars = rapid.SampledFrom([]string{
	"null", "true", "false", "0", "1", "1.0", "-7", "2.5", `""`, `"x"`, `"aGk="`, `"été\u0000\"\\"`, `{"$bytes":"aGk="}`,
	"9223372036854775807", "9223372036854775807.0", "-9223372036854775808", "-0.0", "1e300", "5e-324",
})

// Words draws what is typed: few characters of every width in UTF-8 and UTF-16,
// so that differences have several readings.
var Words = rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', ' ', 'é', '€', '👍'}), 0, 6, -1)

// JSON draws typed JSON of at most depth nested objects and arrays, with every
// type in every other.
func JSON(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 10).Draw(t, "kind")
	if depth == 0 && kind > 4 {
		kind = 0
	}
	switch kind {
	case 1:
		return fmt.Sprintf(`{"$counter":%d}`, rapid.Int64Range(-3, 3).Draw(t, "counter"))
	case 2:
		return `{"$set":[` + list(t, Scalars) + `]}`
	case 3, 4:
		return fmt.Sprintf(`{"$text":%q}`, Words.Draw(t, "text"))
	case 5:
		if rapid.Bool().Draw(t, "nested") {
			return `{"$register":[{"b":[` + list(t, Scalars) + `],"a":{}},[]]}`
		}
		return `{"$register":{"a":[` + list(t, Scalars) + `]}}`
	case 6, 7, 8:
		var elements []string
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			elements = append(elements, JSON(t, depth-1))
		}
		return "[" + strings.Join(elements, ",") + "]"
	case 9, 10:
		return Object(t, depth)
	}
	return Scalars.Draw(t, "scalar")
}

// Object draws typed JSON that is an object.
func Object(t *rapid.T, depth int) string {
	var fields []string
	for _, name := range rapid.SliceOfNDistinct(Names, 0, 3, rapid.ID[string]).Draw(t, "names") {
		fields = append(fields, fmt.Sprintf("%q:%s", name, JSON(t, depth-1)))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func list(t *rapid.T, g *rapid.Generator[string]) string {
	return strings.Join(rapid.SliceOfN(g, 0, 3).Draw(t, "elements"), ",")
}

// Plain parses JSON that must be right.
func Plain(t *rapid.T, text string) crdt.Plain {
	p, err := crdt.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// States draws a history of replicas that edit and exchange states, and
// returns every state that any of them was in, oldest first.
func States(t *rapid.T) []crdt.State {
	w := newWorld(t, AnyEdit)
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		w.step()
	}
	states := make([]crdt.State, len(w.moments))
	for i, m := range w.moments {
		states[i] = m.state
	}
	return states
}
