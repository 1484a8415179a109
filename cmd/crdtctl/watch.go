package main

import (
	"context"
	"errors"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func watchCommand() *ucli.Command {
	return &ucli.Command{
		Name: "watch", Usage: "show changes as they come, until interrupted", ArgsUsage: "[COLL[/PREFIX]]",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "since", Usage: "begin with what changed after `TOKEN`, from any peer; '' begins with everything", DefaultText: "now"},
			&ucli.IntFlag{Name: "count", Usage: "end after `N` changes"},
		},
		Action: action(0, 1, "COLL[/PREFIX]", watch),
	}
}

func watch(ctx context.Context, s *session, args []string) error {
	o := client.WatchOptions{Since: contract.SinceNow}
	if s.cli.IsSet("since") {
		o.Since = s.cli.String("since")
	}
	if len(args) == 1 {
		o.Collection, o.Prefix, _ = strings.Cut(args[0], "/")
		if err := errors.Join(crdt.CheckCollection(o.Collection), contract.CheckPrefix(o.Prefix)); err != nil {
			return err
		}
	}
	out, left := s.out.Live("ADDRESS", "VERSION", "TOKEN"), s.cli.Int("count")
	if left < 0 || s.cli.IsSet("count") && left == 0 {
		return cli.Usagef("--count %d: want at least 1", left)
	}
	for {
		err := follow(ctx, s, &o, out, &left)
		var p *contract.Problem
		if errors.As(err, &p) && p.Code == contract.CodeGap {
			continue // this terminal was too slow: go on from the last change
		}
		if errors.Is(err, context.Canceled) {
			err = nil // interrupted: that is how it ends
		}
		return errors.Join(err, out.Close())
	}
}

// follow shows changes until the stream ends; o.Since moves on with them.
func follow(ctx context.Context, s *session, o *client.WatchOptions, out *cli.List, left *int) error {
	for change, err := range s.Changes(ctx, *o) {
		if err != nil {
			return err
		}
		o.Since = change.Token
		version := "deleted"
		if change.Version != nil {
			version = *change.Version
		}
		if err := out.Add(change, change.Collection+"/"+change.Key, version, change.Token); err != nil {
			return err
		}
		if *left--; *left == 0 {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &cli.ExitError{Code: cli.ExitUnreachable, Err: errors.New("the node ended the stream of changes"),
		Hint: "--since " + o.Since + " goes on where it ended, at any peer"}
}
