package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func conflictsCommand() *ucli.Command {
	return &ucli.Command{
		Name: "conflicts", Usage: "list the values that concurrent edits left", ArgsUsage: "[COLL|ADDR]",
		Description: "It exits with 3 if there is no such collection, or document.",
		Flags:       []ucli.Flag{&ucli.BoolFlag{Name: "fail", Usage: "exit with 7 if there is any"}},
		Action:      action(0, 1, "COLL or ADDR", conflicts),
	}
}

func conflicts(ctx context.Context, s *session, args []string) error {
	documents, err := conflicted(ctx, s, args)
	if err != nil {
		return err
	}
	out, found := s.out.List("ADDRESS", "PATH", "KIND", "N", "VALUE", "TIME", "SHOWN", "ORIGIN").Or("no conflicts"), false
	for d, err := range documents {
		if err != nil {
			return out.Fail(err)
		}
		found = found || len(d.Conflicts) > 0
		if err := addConflicts(out, d); err != nil {
			return err
		}
	}
	if !found && len(args) == 1 && !strings.Contains(args[0], "/") {
		if err := s.exists(ctx, args[0]); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if found && s.cli.Bool("fail") {
		return cli.Exit(cli.ExitFinding)
	}
	return nil
}

// conflicted yields the documents to show: of all collections, of one, or one
// document.
func conflicted(ctx context.Context, s *session, args []string) (iter.Seq2[contract.ConflictedDocument, error], error) {
	if len(args) == 1 && strings.Contains(args[0], "/") {
		collection, key, err := crdt.SplitAddress(args[0])
		if err != nil {
			return nil, err
		}
		d, err := s.ConflictsOf(ctx, collection, key)
		if err != nil {
			return nil, err
		}
		return func(yield func(contract.ConflictedDocument, error) bool) { yield(d, nil) }, nil
	}
	if len(args) == 1 {
		return s.Conflicts(ctx, args[0]), nil
	}
	all, err := s.Collections(ctx)
	if err != nil {
		return nil, err
	}
	return func(yield func(contract.ConflictedDocument, error) bool) {
		for _, c := range all.Collections {
			for d, err := range s.Conflicts(ctx, c.Name) {
				if !yield(d, err) {
					return
				}
			}
		}
	}, nil
}

// candidate is one value as conflicts shows it; N is what resolve takes.
type candidate struct {
	Address string `json:"address"`
	Path    string `json:"path"`
	Kind    string `json:"kind"`
	N       int    `json:"n"`
	contract.Candidate
}

func addConflicts(out *cli.List, d contract.ConflictedDocument) error {
	address := d.Collection + "/" + d.Key
	for _, c := range d.Conflicts {
		for i, v := range c.Candidates {
			row := candidate{address, c.Path, c.Kind, i + 1, v}
			plain := []string{address, c.Path, c.Kind, strconv.Itoa(i + 1), string(v.Value), v.Time, yes(v.Shown), origin(v)}
			cells := slices.Clone(plain)
			cells[4] = shorten(cells[4], maxCell)
			if err := out.AddPlain(row, plain, cells...); err != nil {
				return err
			}
		}
	}
	return nil
}

// origin is who wrote a candidate: the name of the peer, else its id, else the
// replica.
func origin(c contract.Candidate) string { return cmp.Or(c.Name, c.Peer, c.Replica) }

// maxCell is how many characters of a value a table shows; whole values are in
// every other format.
const maxCell = 60

// shorten cuts a text behind so many characters, and shows that it did.
func shorten(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i] + "…"
		}
	}
	return text
}
