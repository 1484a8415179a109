package main

import (
	"context"
	"errors"
	"time"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func waitCommand() *ucli.Command {
	return &ucli.Command{
		Name: "wait", Usage: "wait until all peers hold the same, proven by equal roots; then show the roots",
		Flags: []ucli.Flag{
			&ucli.BoolFlag{Name: "converged", Usage: "what to wait for (there is nothing else)"},
			&ucli.DurationFlag{Name: "timeout", Usage: "give up after `D`, as 30s, and exit with 8"},
		},
		Action: action(0, 0, "", wait),
	}
}

func wait(ctx context.Context, s *session, _ []string) error {
	if !s.cli.Bool("converged") {
		return cli.Usagef("wait needs --converged")
	}
	timeout := s.cli.Duration("timeout")
	if timeout < 0 || s.cli.IsSet("timeout") && timeout == 0 {
		return cli.Usagef("--timeout %s: want more than nothing", timeout)
	}
	if timeout > 0 {
		// The node says who is not in sync; a node that says nothing is
		// given up a little later.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout+5*time.Second)
		defer cancel()
	}
	got, err := s.WaitConverged(ctx, timeout)
	if errors.Is(err, context.DeadlineExceeded) {
		return &cli.ExitError{Code: cli.ExitTimeout, Err: errors.New("the node did not answer in time")}
	}
	if err != nil {
		return err
	}
	out := s.out.List("COLLECTION", "ROOT")
	for _, c := range got.Collections {
		if err := out.Add(c, c.Name, unknown(c.Root)); err != nil {
			return err
		}
	}
	return out.Close()
}
