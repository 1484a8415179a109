package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// patches are the kinds of patches: the flag, and what is sent.
var patches = []struct{ flag, mediaType, usage string }{
	{"merge", contract.TypeMergePatch, "merge patch (RFC 7396): `JSON|-|@FILE`"},
	{"json-patch", contract.TypeJSONPatch, "JSON Patch (RFC 6902), all or nothing: `JSON|-|@FILE`"},
	{"ops", contract.TypeOps, "typed operations, all or nothing: `JSON|-|@FILE`"},
}

func patchCommand() *ucli.Command {
	c := &ucli.Command{
		Name: "patch", Usage: "change a part of a document; shows its new version", ArgsUsage: "ADDR",
		Description: "Typed operations are an array of\n" +
			`{"op":"set","path":P,"value":V} {"op":"unset","path":P} {"op":"incr","path":P,"by":N}` + "\n" +
			`{"op":"add"|"remove","path":P,"value":V} (sets)` + "\n" +
			`{"op":"insert","path":P,"at":N,"text":S|"value":V} {"op":"delete","path":P,"at":N,"len":N}` + "\n" +
			`{"op":"move","path":P,"from":N,"to":N} (texts, lists)`,
		Action: action(1, 1, "ADDR and --merge, --json-patch or --ops", patch),
	}
	for _, p := range patches {
		c.Flags = append(c.Flags, &ucli.StringFlag{Name: p.flag, Usage: p.usage})
	}
	c.Flags = append(c.Flags, units, ifVersion, ifAbsent, acks, acksTime)
	return c
}

func patch(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	var p client.Patch
	input, given := "", 0
	for _, each := range patches {
		if s.cli.IsSet(each.flag) {
			p.Type, input = each.mediaType, s.cli.String(each.flag)
			given++
		}
	}
	switch {
	case given != 1:
		return cli.Usagef("patch needs one of --merge, --json-patch and --ops")
	case s.cli.IsSet("units") && p.Type != contract.TypeOps:
		return cli.Usagef("--units is for --ops")
	}
	if p.UTF16, err = countsUTF16(s.cli); err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	if p.Body, err = readInput(input); err != nil {
		return err
	}
	d, err := s.Patch(ctx, collection, key, p, conditions, client.ReadOptions{None: true})
	if err != nil {
		return err
	}
	return s.written(args[0], d)
}

// apply sends one operation on what a pointer names, and shows the value that
// is there then.
func apply(ctx context.Context, s *session, address string, op contract.Operation) error {
	collection, key, err := crdt.SplitAddress(address)
	if err != nil {
		return err
	}
	if _, err := crdt.ParsePointer(op.Path); err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	body, err := operations(op)
	if err != nil {
		return err
	}
	d, err := s.Patch(ctx, collection, key, client.Patch{Type: contract.TypeOps, Body: body}, conditions, client.ReadOptions{Path: op.Path})
	if err != nil {
		return err
	}
	return s.out.Value(d.JSON)
}
