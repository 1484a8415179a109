package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func doctorCommand() *ucli.Command {
	return &ucli.Command{
		Name: "doctor", Usage: "list what is wrong with the node, and what to do about it",
		Description: "crdtctl verify looks further: it reads all that is stored.\n" +
			"Exit codes: 0 nothing has to be done (a notice is listed all the same), 7 something has to be done,\n" +
			"5 no node answers, 6 not allowed, 1 failed.",
		Action: action(0, 0, "", doctor),
	}
}

func doctor(ctx context.Context, s *session, _ []string) error {
	got, err := s.Findings(ctx)
	if err != nil {
		return err
	}
	out, found := s.out.List("KIND", "WHERE", "WHAT HAPPENED", "WHAT TO DO", "COMMAND").Or("nothing is wrong"), false
	for _, f := range got.Findings {
		found = found || !f.Notice
		if err := out.Add(f, f.Kind, orUnknown(f.Where, "-"), f.Happened, f.Do, orUnknown(f.Command, "-")); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil || !found {
		return err
	}
	return cli.Exit(cli.ExitFinding)
}
