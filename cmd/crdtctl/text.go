package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// units says what the positions in texts count.
var units = &ucli.StringFlag{Name: "units", Usage: "positions in texts count `UNITS`: codepoints, or utf16 as JavaScript does", Value: contract.UnitsCodePoints}

func textCommand() *ucli.Command {
	return &ucli.Command{
		Name: "text", Usage: "show a text, or insert and delete in it; then shows the document's new version", ArgsUsage: "ADDR /ptr",
		Description: "Without --delete and --insert it shows the text. With both it deletes first. Edits of several\n" +
			"peers in one text are all kept, in places that make sense. A text is made as {\"$text\": \"…\"}.",
		Flags: []ucli.Flag{
			&ucli.IntFlag{Name: "at", Usage: "position `N` of the edit; 0 is the beginning"},
			&ucli.IntFlag{Name: "delete", Usage: "delete `N` characters"},
			&ucli.StringFlag{Name: "insert", Usage: "insert a text: `S|-|@FILE`"},
			acks, acksTime, units, ifVersion,
		},
		Action: action(2, 2, "ADDR and /ptr", text),
	}
}

func text(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	if _, err := crdt.ParsePointer(args[1]); err != nil {
		return err
	}
	if !s.cli.IsSet("insert") && !s.cli.IsSet("delete") {
		return showText(ctx, s, args, collection, key)
	}
	ops, err := textEdit(s.cli, args[1])
	if err != nil {
		return err
	}
	utf16, err := countsUTF16(s.cli)
	if err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	body, err := operations(ops...)
	if err != nil {
		return err
	}
	d, err := s.Patch(ctx, collection, key, client.Patch{Type: contract.TypeOps, Body: body, UTF16: utf16}, conditions, client.ReadOptions{None: true})
	var p *contract.Problem
	if errors.As(err, &p) && p.Code == contract.CodeNoPath {
		p.Hint = fmt.Sprintf("there is no text yet: crdtctl patch %s --ops %s makes one",
			shellWord(args[0]), shellWord(fmt.Sprintf(`[{"op":"set","path":%s,"value":{"$text":""}}]`, scalar(args[1]))))
	}
	if err != nil {
		return err
	}
	return s.written(args[0], d)
}

// showText shows the string at a pointer.
func showText(ctx context.Context, s *session, args []string, collection, key string) error {
	for _, flag := range []string{"at", "units", "if-version"} {
		if s.cli.IsSet(flag) {
			return cli.Usagef("--%s needs --insert or --delete", flag)
		}
	}
	d, err := s.Get(ctx, collection, key, client.ReadOptions{Path: args[1]})
	if err != nil {
		return err
	}
	var text string
	if len(d.JSON) == 0 || d.JSON[0] != '"' {
		return fmt.Errorf("%s: at %q: it is no text", args[0], args[1])
	}
	if err := json.Unmarshal(d.JSON, &text); err != nil {
		return fmt.Errorf("%s: at %q: %w", args[0], args[1], err)
	}
	return s.out.Text(text)
}

// textEdit is what --at, --delete and --insert say.
func textEdit(c *ucli.Context, path string) (ops []contract.Operation, err error) {
	at, length := c.Int("at"), c.Int("delete")
	switch {
	case !c.IsSet("at"):
		return nil, cli.Usagef("--insert and --delete need --at N")
	case at < 0:
		return nil, cli.Usagef("--at %d: positions count from 0", at)
	case length < 0:
		return nil, cli.Usagef("--delete %d: want how many characters, 0 or more", length)
	}
	if length > 0 {
		ops = append(ops, contract.Operation{Op: "delete", Path: path, At: &at, Len: &length})
	}
	if c.IsSet("insert") {
		text, err := readInput(c.String("insert"))
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(text) { // encoding/json would put something else in its place
			return nil, errors.New("--insert: the text is not UTF-8")
		}
		s := string(text)
		ops = append(ops, contract.Operation{Op: "insert", Path: path, At: &at, Text: &s})
	}
	return ops, nil
}

// countsUTF16 reads --units.
func countsUTF16(c *ucli.Context) (bool, error) {
	switch v := c.String("units"); v {
	case contract.UnitsCodePoints:
		return false, nil
	case contract.UnitsUTF16:
		return true, nil
	default:
		return false, cli.Usagef("--units %q: want %s or %s", cli.Safe(v), contract.UnitsCodePoints, contract.UnitsUTF16)
	}
}
