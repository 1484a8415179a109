package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
)

// trips is the collection of the story.
const trips = "trips"

// edit is one write of the story, shown as the command that does the same.
type edit struct {
	who               int // 0 ann, 1 bob, 2 cat
	verb, key, detail string
	why               string
}

// beginning is what they share, and alone is what each does with it.
var (
	beginning = []edit{
		{0, "put", "rome", `{"title":"Rome","budget":{"$counter":1000},"packing":{"$set":["passport"]},"hotel":{"name":"Aurora","nights":3}}`, ""},
		{1, "put", "oslo", `{"title":"Oslo"}`, ""},
		{2, "put", "bern", `{"title":"Bern"}`, ""},
		{2, "put", "plan", `{"days":["Colosseum","Vatican"],"note":{"$text":"Meet at nine."}}`, ""},
	}
	alone = []edit{
		{0, "patch", "rome", `{"title":"Rome in May"}`, "one field, edited by two"},
		{0, "incr", "rome", `/budget -120`, "a counter, spent by all three"},
		{0, "add", "rome", `/packing camera`, "a set"},
		{0, "del", "bern", ``, "removed here, edited there"},
		{0, "text", "plan", `/note 13  Bring water.`, "one text, typed into by two"},
		{1, "patch", "rome", `{"title":"Rome and Naples","hotel":{"nights":5}}`, ""},
		{1, "incr", "rome", `/budget 300`, ""},
		{1, "del", "oslo", ``, "removed, and nobody else touches it"},
		{1, "text", "plan", `/note 5 all `, ""},
		{1, "json-patch", "plan", `[{"op":"add","path":"/days/-","value":"Gelato"}]`, "a list"},
		{2, "patch", "rome", `{"hotel":{"name":"Bellavista"}}`, "another field of the same object"},
		{2, "incr", "rome", `/budget -45`, ""},
		{2, "rm", "rome", `/packing passport`, ""},
		{2, "patch", "bern", `{"tower":"Zytglogge"}`, ""},
		{2, "json-patch", "plan", `[{"op":"move","from":"/days/1","path":"/days/0"}]`, ""},
	}
)

// run does edits and shows them.
func (t *trio) run(ctx context.Context, tell *teller, edits []edit) error {
	for _, e := range edits {
		n := t[e.who]
		if err := e.do(ctx, n.Collection(trips)); err != nil {
			return fmt.Errorf("%s: %s %s: %w", n.Name(), e.verb, e.key, err)
		}
		why := ""
		if e.why != "" {
			why = "   # " + e.why
		}
		tell.line("%s  %s%s", n.Name(), e.command(), why)
	}
	return nil
}

// command is the edit as a command line of crdtctl.
func (e edit) command() string {
	address := trips + "/" + e.key
	switch e.verb {
	case "put":
		return fmt.Sprintf("put %s '%s'", address, e.detail)
	case "patch":
		return fmt.Sprintf("patch %s --merge '%s'", address, e.detail)
	case "json-patch":
		return fmt.Sprintf("patch %s --json-patch '%s'", address, e.detail)
	case "text":
		path, at, text := e.typed()
		return fmt.Sprintf("text %s %s --at %s --insert '%s'", address, path, at, text)
	default:
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.verb, address, e.detail))
	}
}

// typed is where a text is typed into, and what.
func (e edit) typed() (path, at, text string) {
	path, rest, _ := strings.Cut(e.detail, " ")
	at, text, _ = strings.Cut(rest, " ")
	return path, at, text
}

// do does the edit.
func (e edit) do(ctx context.Context, c *node.Collection) (err error) {
	path, value, _ := strings.Cut(e.detail, " ")
	var op string
	switch e.verb {
	case "put":
		_, err = c.Put(ctx, e.key, []byte(e.detail), node.PutOptions{})
		return err
	case "patch":
		_, err = c.MergePatch(ctx, e.key, []byte(e.detail), node.PutOptions{})
		return err
	case "json-patch":
		_, err = c.JSONPatch(ctx, e.key, []byte(e.detail), node.PutOptions{})
		return err
	case "del":
		_, err = c.Delete(ctx, e.key, node.PutOptions{})
		return err
	case "text":
		path, at, text := e.typed()
		op = fmt.Sprintf(`[{"op":"insert","path":%q,"at":%s,"text":%q}]`, path, at, text)
	case "incr":
		op = fmt.Sprintf(`[{"op":"incr","path":%q,"by":%s}]`, path, value)
	case "add":
		op = fmt.Sprintf(`[{"op":"add","path":%q,"value":%q}]`, path, value)
	case "rm":
		op = fmt.Sprintf(`[{"op":"remove","path":%q,"value":%q}]`, path, value)
	}
	ops, err := crdt.ParseOps([]byte(op))
	if err != nil {
		return err
	}
	_, err = c.Apply(ctx, e.key, ops, node.PutOptions{})
	return err
}

// keys are the documents of the story, in order.
var keys = []string{"bern", "oslo", "plan", "rome"}

// show shows what each of the three holds.
func (t *trio) show(ctx context.Context, tell *teller) error {
	for i, n := range t {
		if i > 0 {
			tell.line("")
		}
		for _, key := range keys {
			text, err := shown(ctx, n, key)
			if err != nil {
				return err
			}
			tell.line("%s  %s/%s  %s", n.Name(), trips, key, text)
		}
	}
	return nil
}

// shown is a document as JSON, or that there is none.
func shown(ctx context.Context, n *node.Node, key string) (string, error) {
	d, err := n.Collection(trips).Get(ctx, key)
	if errors.Is(err, node.ErrNotFound) {
		return "(removed)", nil
	}
	if err != nil {
		return "", err
	}
	return string(d.JSON()), nil
}
