package main

import (
	"context"
	"fmt"
	"io"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func bundleCommand() *ucli.Command {
	return &ucli.Command{
		Name: "bundle", Usage: "sync two members of a mesh that do not meet, by files", ArgsUsage: "export FILE|-, import FILE|- or known",
		Description: "export writes what another member may lack: all, or with --for what that peer has not\n" +
			"shown to have, or with --since what is not in FILE (a bundle that it has made) or TEXT\n" +
			"(what crdtctl bundle known shows there). import verifies a bundle, and merges it as if the\n" +
			"peer were here; one of another mesh, or that was changed, is refused. A bundle is not\n" +
			"encrypted. It needs the bearer token of this node.",
		Flags: []ucli.Flag{
			sinceFlag,
			&ucli.StringFlag{Name: "for", Usage: "leave out what this `PEER`, an id or a name, is known to hold"},
			overwriteFlag,
		},
		Action: action(1, 2, "export FILE, import FILE or known", bundle),
	}
}

func bundle(ctx context.Context, s *session, args []string) error {
	if args[0] != "export" {
		for _, flag := range []string{"since", "for", "overwrite"} {
			if s.cli.IsSet(flag) {
				return cli.Usagef("--%s is for bundle export", flag)
			}
		}
	}
	switch {
	case args[0] == "known" && len(args) == 1:
		known, err := s.Known(ctx)
		if err != nil {
			return err
		}
		return s.out.Fact(known, known.Known)
	case args[0] == "export" && len(args) == 2:
		return exportBundle(ctx, s, args[1])
	case args[0] == "import" && len(args) == 2:
		return importBundle(ctx, s, args[1])
	case args[0] == "export", args[0] == "import":
		return cli.Usagef("bundle %s needs FILE or -", args[0])
	case args[0] == "known":
		return cli.Usagef("bundle known takes no FILE; too much: %q", cli.Safe(args[1]))
	}
	return cli.Usagef("bundle takes export FILE, import FILE or known, not %q", cli.Safe(args[0]))
}

func exportBundle(ctx context.Context, s *session, path string) error {
	r := contract.ArchiveRequest{For: s.cli.String("for")}
	if r.For != "" && s.cli.IsSet("since") {
		return cli.Usagef("--for and --since are not given together")
	}
	return s.fetch(path, func() error {
		body, err := s.Bundle(ctx, r)
		if err != nil {
			return err
		}
		defer body.Close()
		return s.keepArchive(body, path)
	}, &r)
}

// fetch reads the flags of what asks for an archive, and asks.
func (s *session) fetch(path string, ask func() error, r *contract.ArchiveRequest) error {
	since := s.cli.String("since")
	if err := checkTarget(path, s.cli.Bool("overwrite"), since); err != nil {
		return err
	}
	var err error
	if r.Since, err = knownOf(since); err != nil {
		return err
	}
	return ask()
}

// keepArchive keeps what the node answers, and says what it is; on stderr where
// stdout is the archive.
func (s *session) keepArchive(body io.Reader, path string) error {
	got, err := keep(body, path)
	if err != nil {
		return err
	}
	fact := factOf(path, got)
	if path == "-" {
		_, err := fmt.Fprintln(os.Stderr, fact.text())
		return err
	}
	return s.out.Fact(fact, fact.text())
}

func importBundle(ctx context.Context, s *session, path string) error {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return err
		}
		defer f.Close()
	}
	got, err := s.ImportBundle(ctx, f)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s and %s in %s; new or other here: %d", cli.Counted(got.Documents, "document"), cli.Counted(got.Removed, "removal"), cli.Counted(got.Collections, "collection"), got.Changed)
	for _, r := range got.Refused {
		text += fmt.Sprintf("\nnot taken: %s/%s: %s", r.Collection, r.Key, r.Reason)
	}
	if err := s.out.Fact(got, cli.SafeLines(text)); err != nil {
		return err
	}
	if len(got.Refused) > 0 {
		return fmt.Errorf("not taken: %s", cli.Counted(len(got.Refused), "document"))
	}
	return nil
}
