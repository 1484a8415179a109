package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

var (
	sinceFlag     = &ucli.StringFlag{Name: "since", Usage: "leave out what `FILE|TEXT` holds: an earlier file, or what crdtctl shows of one as known"}
	overwriteFlag = &ucli.BoolFlag{Name: "overwrite", Usage: "replace FILE, when the new one is verified"}
)

func backupCommand() *ucli.Command {
	return &ucli.Command{
		Name: "backup", Usage: "write all that the node holds to a file, while it goes on", ArgsUsage: "FILE|-",
		Description: "The file is FILE.part until all of it has arrived, was verified, and was read again.\n" +
			"crdtd restore makes a data directory of it; --since makes an incremental one, which\n" +
			"is restored behind those that it builds on. --verify reads files, and asks no node.\n" +
			"It needs the bearer token of this node.",
		Flags: []ucli.Flag{
			sinceFlag,
			&ucli.BoolFlag{Name: "identity", Usage: "with the device key and the mesh secret: what is restored is this device; keep the file secret"},
			overwriteFlag,
			&ucli.BoolFlag{Name: "verify", Usage: "verify files: nothing is written"},
		},
		Action: action(1, 1000, "FILE, or - for stdout", backup),
	}
}

func backup(ctx context.Context, s *session, args []string) error {
	if s.cli.Bool("verify") {
		return verifyFiles(s, args)
	}
	if len(args) > 1 {
		return cli.Usagef("backup takes one FILE; too much: %q", cli.Safe(args[1]))
	}
	r := contract.ArchiveRequest{Identity: s.cli.Bool("identity")}
	return s.fetch(args[0], func() error {
		body, err := s.Backup(ctx, r)
		if err != nil {
			return err
		}
		defer body.Close()
		if err := s.keepArchive(body, args[0]); err != nil {
			return err
		}
		return s.leftOut(ctx, args[0])
	}, &r)
}

// leftOut writes what is in quarantine, of which a backup holds nothing, to a file beside the backup;
// where that goes to stdout, it says so.
func (s *session) leftOut(ctx context.Context, path string) error {
	q, err := s.Quarantine(ctx)
	if err != nil || len(q.Quarantined) == 0 {
		return err
	}
	if path == "-" {
		_, err = fmt.Fprintf(os.Stderr, "crdtctl: %d things in quarantine are not in it: crdtctl quarantine export FILE writes them to another file\n", len(q.Quarantined))
		return err
	}
	n, err := exportQuarantine(ctx, s, path+contract.QuarantineSuffix, s.cli.Bool("overwrite"))
	if err != nil {
		return fmt.Errorf("the backup is whole, but what is in quarantine is in no file: %w", err)
	}
	_, err = fmt.Fprintf(os.Stderr, "crdtctl: %d things in quarantine are not in it, but in %s beside it: keep both; crdtctl quarantine import puts them back\n", n, cli.Safe(path+contract.QuarantineSuffix))
	return err
}

// verifyFiles verifies files, one after the other, and fails if one of them is
// not whole.
func verifyFiles(s *session, paths []string) error {
	for _, flag := range []string{"since", "identity", "overwrite"} {
		if s.cli.IsSet(flag) {
			return cli.Usagef("--%s is not for --verify", flag)
		}
	}
	var bad error
	for _, path := range paths {
		fact, err := verifyFile(path)
		if err != nil {
			bad = errors.Join(bad, fmt.Errorf("%s: %w", cli.Safe(path), err))
			continue
		}
		if err := s.out.Fact(fact, fact.text()); err != nil {
			return err
		}
	}
	return bad
}

func verifyFile(path string) (archiveFact, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return archiveFact{}, err
		}
		defer f.Close()
	}
	s, err := watched(f)
	return factOf(path, s), err
}
