package main

import (
	"context"
	"strconv"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
)

func lsCommand() *ucli.Command {
	return &ucli.Command{
		Name: "ls", Usage: "list collections, or the documents of one", ArgsUsage: "[COLL[/PREFIX]]",
		Description: "Nothing is an answer: the exit code is 0 then, and stderr says if there is no such collection here.",
		Flags: []ucli.Flag{
			&ucli.IntFlag{Name: "limit", Usage: "at most `N`"},
			&ucli.StringFlag{Name: "after", Usage: "only keys greater than `KEY`"},
		},
		Action: action(0, 1, "COLL[/PREFIX]", ls),
	}
}

// listed is a document as ls shows it.
type listed struct {
	Address   string `json:"address"`
	Key       string `json:"key"`
	Version   string `json:"version"`
	Conflicts bool   `json:"conflicts"`
}

func ls(ctx context.Context, s *session, args []string) error {
	limit := s.cli.Int("limit")
	if limit < 0 || s.cli.IsSet("limit") && limit == 0 {
		return cli.Usagef("--limit %d: want at least 1", limit)
	}
	if len(args) == 0 {
		return lsCollections(ctx, s, limit)
	}
	collection, prefix, _ := strings.Cut(args[0], "/")
	out, some := s.out.List("ADDRESS", "VERSION", "CONFLICTS"), false
	for item, err := range s.List(ctx, collection, client.ListOptions{
		Prefix: prefix, After: s.cli.String("after"), Limit: limit, Keys: true,
	}) {
		if err != nil {
			return out.Fail(err)
		}
		some = true
		d := listed{collection + "/" + item.Key, item.Key, item.Version, item.Conflicts}
		if err := out.AddPlain(d, []string{d.Address}, d.Address, d.Version, yes(d.Conflicts)); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil || some {
		return err
	}
	return s.nothingOf(ctx, collection)
}

func lsCollections(ctx context.Context, s *session, limit int) error {
	got, err := s.Collections(ctx)
	if err != nil {
		return err
	}
	out := s.out.List("COLLECTION", "DOCUMENTS", "ROOT").Or("no collections")
	for i, c := range got.Collections {
		if limit > 0 && i == limit {
			break
		}
		root := "?"
		if c.Root != nil {
			root = *c.Root
		}
		if err := out.AddPlain(c, []string{c.Name}, c.Name, strconv.Itoa(c.Documents), root); err != nil {
			return err
		}
	}
	return out.Close()
}

// yes shows a truth in a table, where an empty cell would look forgotten.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}
