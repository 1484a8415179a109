package main

import (
	"context"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// manyPatterns is more patterns than a node takes: it says so itself.
const manyPatterns = 1000

func scopeCommand() *ucli.Command {
	return &ucli.Command{
		Name: "scope", Usage: "show what the node holds, or change it", ArgsUsage: "[PATTERN…]",
		Description: "A PATTERN is a collection name, in which * is any characters and ? is one, or\n" +
			"NAME/PREFIX for the keys that begin with PREFIX; several may stand in one\n" +
			"argument, with commas. What is left is dropped here alone: no peer deletes\n" +
			"anything. To change it needs the bearer token of this node.",
		Flags:  []ucli.Flag{&ucli.BoolFlag{Name: "force", Usage: "drop also documents that no peer is known to have"}},
		Action: action(0, manyPatterns, "PATTERN…", scope),
	}
}

func scope(ctx context.Context, s *session, args []string) error {
	if len(args) == 0 {
		if s.cli.Bool("force") {
			return cli.Usagef("--force is for a change")
		}
		got, err := s.Scope(ctx)
		if err != nil {
			return err
		}
		return s.out.Fact(got, scopeText(got))
	}
	got, err := s.SetScope(ctx, strings.Split(strings.Join(args, ","), ","), s.cli.Bool("force"))
	if err != nil {
		return err
	}
	return s.out.Fact(got, scopeText(got))
}

// scopeText is a scope for people, a pattern each line.
func scopeText(got contract.Scope) string {
	text := strings.Join(got.Collections, "\n")
	if p := got.Pending; p != nil {
		text += "\n(" + pendingText(p) + ")"
	}
	return cli.SafeLines(text)
}

// pendingText says what a scope waits for.
func pendingText(p *contract.PendingScope) string {
	return strings.Join(p.Collections, ",") + " when peers have " + p.Unsent.String() + " more documents"
}
