package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func resolveCommand() *ucli.Command {
	return &ucli.Command{
		Name: "resolve", Usage: "end a conflict; shows the document's new version", ArgsUsage: "ADDR [JSON|-|@FILE]",
		Description: "Either --take one of the values that conflicts lists, or give another as JSON.",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "take", Usage: "the candidate that stays: its number `N`, or its dot"},
			&ucli.StringFlag{Name: "path", Usage: "the conflict at this JSON Pointer; needed when there are several, as `/name`"},
			acks, acksTime,
		},
		Action: action(1, 2, "ADDR and --take N or JSON", resolve),
	}
}

func resolve(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	if (len(args) == 2) == s.cli.IsSet("take") {
		return cli.Usagef("resolve needs either --take N or JSON")
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	d, err := s.ConflictsOf(ctx, collection, key)
	if err != nil {
		return err
	}
	conflict, err := choose(d, s.cli)
	if err != nil {
		return err
	}
	resolution := contract.Resolution{Path: conflict.Path}
	for _, c := range conflict.Candidates {
		resolution.Seen = append(resolution.Seen, c.Dot)
	}
	if len(args) == 2 {
		if resolution.Value, err = readInput(args[1]); err == nil {
			_, err = crdt.ParseJSON(resolution.Value)
		}
	} else {
		resolution.Take, err = take(conflict, s.cli.String("take"))
	}
	if err != nil {
		return err
	}
	after, err := s.Resolve(ctx, collection, key, resolution, conditions)
	if err != nil {
		return err
	}
	return s.out.Fact(after, after.Version)
}

// choose is the conflict that --path names, or the only one.
func choose(d contract.ConflictedDocument, c *ucli.Context) (contract.Conflict, error) {
	var paths []string
	for _, conflict := range d.Conflicts {
		if c.IsSet("path") && conflict.Path == c.String("path") {
			return conflict, nil
		}
		paths = append(paths, cli.Safe(strconv.Quote(conflict.Path)))
	}
	address := d.Collection + "/" + d.Key
	switch {
	case len(paths) == 0 || c.IsSet("path"):
		return contract.Conflict{}, &cli.ExitError{Code: cli.ExitNotFound, Err: fmt.Errorf("%s: no conflict%s", address, at(c)),
			Hint: "crdtctl conflicts lists those that are left"}
	case len(paths) > 1:
		return contract.Conflict{}, cli.Usagef("%s has %d conflicts, at %s: say which with --path", address, len(paths), strings.Join(paths, ", "))
	}
	return d.Conflicts[0], nil
}

func at(c *ucli.Context) string {
	if !c.IsSet("path") {
		return ""
	}
	return " at " + strconv.Quote(c.String("path"))
}

// take is the dot of the candidate that --take names by number or dot.
func take(conflict contract.Conflict, named string) (string, error) {
	if slices.ContainsFunc(conflict.Candidates, func(c contract.Candidate) bool { return c.Dot == named }) {
		return named, nil
	}
	n, err := strconv.Atoi(named)
	if err != nil || n < 1 || n > len(conflict.Candidates) {
		return "", cli.Usagef("--take %q: want a number from 1 to %d, or a dot", cli.Safe(named), len(conflict.Candidates))
	}
	return conflict.Candidates[n-1].Dot, nil
}
