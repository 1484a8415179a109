package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func rootCommand() *ucli.Command {
	return &ucli.Command{
		Name: "root", Usage: "show the CID over the whole content of a collection: equal roots are equal data", ArgsUsage: "COLL",
		Description: "It exits with 3 if there is no such collection.",
		Action: action(1, 1, "COLL", func(ctx context.Context, s *session, args []string) error {
			got, err := s.Root(ctx, args[0])
			if err == nil {
				err = s.exists(ctx, args[0])
			}
			if err != nil {
				return err
			}
			return s.out.Fact(got, got.Root)
		}),
	}
}

// exists fails unless the node has a collection: that nothing is found in one that is not there
// must not be taken for a finding.
func (s *session) exists(ctx context.Context, collection string) error {
	all, err := s.Collections(ctx)
	if err != nil {
		return err
	}
	for _, c := range all.Collections {
		if c.Name == collection {
			return nil
		}
	}
	return &cli.ExitError{Code: cli.ExitNotFound, Err: fmt.Errorf("%s: no such collection", cli.Safe(collection)), Hint: "crdtctl ls lists those that are here"}
}

// nothingOf says on stderr that a collection is not there, where nothing was listed of it: a name
// that was mistyped looks like one of which nothing has come yet.
func (s *session) nothingOf(ctx context.Context, collection string) error {
	err := s.exists(ctx, collection)
	var e *cli.ExitError
	if errors.As(err, &e) && e.Code == cli.ExitNotFound {
		_, err = fmt.Fprintf(os.Stderr, "crdtctl: %v here\n", e.Err)
	}
	return err
}
