package main

import (
	"errors"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/node"
)

func verifyCommand() *ucli.Command {
	return &ucli.Command{
		Name: "verify", Usage: "check the store of a node that does not run, and list what is wrong",
		Description: "The files are checked where they are, what is in them in a copy, for which there must be room in the\n" +
			"directory for temporary files. Nothing is changed.\n" +
			"Exit codes: 0 sound, 7 something is wrong and is listed, 2 usage or the wrong encryption key,\n" +
			"1 not checked to the end: no store, no room, or a node has it open (then crdtctl verify).",
		Flags: []ucli.Flag{&ucli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT` table, json, ndjson or raw; by default plain lines"}},
		Action: func(c *ucli.Context) error {
			if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			settings, err := config.Load(config.Sources{Flags: given(c), Lookup: os.LookupEnv, File: c.String("config")})
			if err != nil {
				return &cli.ExitError{Code: cli.ExitUsage, Err: err}
			}
			key, err := config.LoadKey(settings.EncryptionKeyFile)
			if err != nil {
				return &cli.ExitError{Code: cli.ExitUsage, Err: err}
			}
			return verify(c, settings.DataDir, key)
		},
	}
}

func verify(c *ucli.Context, dir string, key []byte) error {
	p, err := cli.NewPrinter(os.Stdout, false, cli.Format(c.String("output")), nil)
	if err != nil {
		return err
	}
	out, found := p.List("WHERE", "PROBLEM"), false
	var failed error
	err = node.VerifyDir(c.Context, dir, key, func(where, what string) {
		found = true
		failed = errors.Join(failed, out.Add(map[string]string{"where": where, "problem": what}, where, what))
	})
	if err = errors.Join(err, failed, out.Close()); err != nil || !found {
		return verifyError(err)
	}
	return cli.Exit(cli.ExitFinding)
}

// verifyError gives what kept a store from being checked its exit code.
func verifyError(err error) error {
	switch {
	case errors.Is(err, node.ErrLocked):
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "crdtctl verify checks the store of a node that runs"}
	case errors.Is(err, os.ErrNotExist):
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "--data-dir is the directory of a node"}
	}
	return openError(err)
}
