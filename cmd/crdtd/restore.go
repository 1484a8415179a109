package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ucli "github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// manyFiles is more files than anybody restores at once.
const manyFiles = 10_000

func restoreCommand() *ucli.Command {
	return &ucli.Command{
		Name: "restore", Usage: "make a data directory from backups: a whole one, and then incremental ones", ArgsUsage: "FILE…",
		Description: "All files are verified before anything is written, and --data-dir must be empty or not\n" +
			"there. The node does not run meanwhile; start it when the restore is done. If the restore\n" +
			"is interrupted the directory does not open, and restoring into it again begins anew.",
		Flags: []ucli.Flag{&ucli.BoolFlag{Name: "new-identity", Usage: "be another device, in a mesh of its own, also if a file holds the device key and the mesh secret"}},
		Action: func(c *ucli.Context) error {
			files, err := cli.Arguments(c, 1, manyFiles, "FILE")
			if err != nil {
				return err
			}
			settings, err := config.Load(config.Sources{Flags: given(c), Lookup: os.LookupEnv, File: c.String("config")})
			if err != nil {
				return &cli.ExitError{Code: cli.ExitUsage, Err: err}
			}
			return restore(c.Context, settings, files, c.Bool("new-identity"))
		},
	}
}

func restore(ctx context.Context, c config.Config, files []string, newIdentity bool) error {
	log, err := newLogger(c, os.Stderr)
	if err != nil {
		return err
	}
	limitMemory(c.Profile)
	p := &restoreProgress{}
	r := node.RestoreOptions{Files: files, NewIdentity: newIdentity}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		r.Progress = p.set
	}
	o, err := options(c, log)
	if err != nil {
		return err
	}
	report, err := node.Restore(ctx, o, r)
	p.end(err == nil)
	if err != nil {
		return restoreError(err)
	}
	out, err := cli.NewPrinter(os.Stdout, false, cli.FormatAuto, nil)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("restored %s in %s into %s; each root is that of the backup", cli.Counted(report.Documents, "document"), cli.Counted(report.Collections, "collection"), c.DataDir)
	if report.Identity {
		text += fmt.Sprintf("\nit is the device %s again, as a new replica: do not start the old one any more", report.Peer)
	} else {
		text += fmt.Sprintf("\nit is a new device, %s, in a mesh of its own: --join INVITE makes it a member of another", report.Peer)
	}
	for _, x := range report.Refused {
		text += fmt.Sprintf("\nnot restored: %s/%s: %s", x.Collection, x.Key, x.Reason)
	}
	for _, file := range files {
		if beside := file + contract.QuarantineSuffix; isThere(beside) {
			text += fmt.Sprintf("\n%s is beside it: when the node runs, crdtctl quarantine import puts what it holds into quarantine again", beside)
		}
	}
	if err := out.Fact(report, text); err != nil {
		return err
	}
	if n := len(report.Refused); n > 0 {
		return fmt.Errorf("not restored: %s", cli.Counted(n, "document"))
	}
	return nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// restoreError gives the failure to restore its exit code, and a hint.
func restoreError(err error) error {
	switch {
	case errors.Is(err, node.ErrNotEmpty):
		return &cli.ExitError{Code: cli.ExitUsage, Err: err, Hint: "nothing was written"}
	case errors.Is(err, node.ErrNewerArchive):
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "nothing was written: restore it with the version that has made it, or a later one"}
	case errors.Is(err, node.ErrArchive), errors.Is(err, node.ErrMissing), errors.Is(err, os.ErrNotExist):
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "nothing was written"}
	}
	return openError(err)
}

// restoreProgress shows a bar for each file that is read.
type restoreProgress struct {
	file      string
	restoring bool
	bar       *cli.Progress
}

func (p *restoreProgress) set(file string, restoring bool, bytes int64) {
	if p.bar == nil || p.file != file || p.restoring != restoring {
		p.end(true)
		size := int64(0)
		if info, err := os.Stat(file); err == nil {
			size = info.Size()
		}
		p.file, p.restoring = file, restoring
		p.bar = cli.NewProgress(os.Stderr, map[bool]string{false: "verify ", true: "restore "}[restoring]+file, size, true)
	}
	p.bar.Set(bytes)
}

func (p *restoreProgress) end(complete bool) {
	p.bar.Close(complete)
	p.bar = nil
}
