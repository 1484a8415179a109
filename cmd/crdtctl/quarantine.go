package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

const quarantineUsage = "ls, show N, release N|--all, drop N|--all, export FILE or import FILE"

func quarantineCommand() *ucli.Command {
	return &ucli.Command{
		Name: "quarantine", Usage: "what could not be taken, or had to be given up", ArgsUsage: "[ls], show N, release N|--all, drop N|--all, export FILE|- or import FILE",
		Description: "What a peer has sent and this node cannot take, and what a damaged record held, is kept\n" +
			"as it was. show prints it (-o json with its bytes), release tries again to take it,\n" +
			"drop removes it for good; nothing is asked back. export writes all of it to a file, import puts\n" +
			"what such a file holds into quarantine. It needs the bearer token of this node.\n" +
			"Exit codes: 0 done (of release --all: all came back, or there was nothing), 1 some of it stays or is refused again,\n" +
			"3 nothing in quarantine has this number, 5 no node answers, 6 not allowed, 8 a peer was asked for it, and it is not here in time.",
		Flags: []ucli.Flag{
			&ucli.BoolFlag{Name: "all", Usage: "release or drop all that is in quarantine now"},
			overwriteFlag,
			&ucli.DurationFlag{Name: "timeout", Usage: "of release --all: wait `D`, as 30s, for what peers are asked for (default 10s)"},
		},
		Action: action(0, 2, quarantineUsage, quarantine),
	}
}

func quarantine(ctx context.Context, s *session, args []string) error {
	does := "ls"
	if len(args) > 0 {
		does = args[0]
	}
	timeout := s.cli.Duration("timeout")
	all := s.cli.Bool("all")
	switch {
	case s.cli.IsSet("timeout") && (timeout <= 0 || !all || does != "release"):
		return cli.Usagef("--timeout is more than nothing, and for release --all")
	case all && len(args) == 1 && does == "release":
		return releaseAll(ctx, s, timeout)
	case all && len(args) == 1 && does == "drop":
		return dropAll(ctx, s)
	case !all && len(args) < 2 && (does == "ls" || does == "list"):
		return listQuarantine(ctx, s)
	case all || len(args) != 2 || s.cli.Bool("overwrite") && does != "export":
		return cli.Usagef("quarantine takes %s", quarantineUsage)
	case does == "export":
		n, err := exportQuarantine(ctx, s, args[1], s.cli.Bool("overwrite"))
		if err == nil && args[1] != "-" {
			err = s.out.Fact(map[string]any{"file": args[1], "exported": n}, fmt.Sprintf("%s: %d things that are in quarantine", args[1], n))
		}
		return err
	case does == "import":
		return importQuarantine(ctx, s, args[1])
	}
	id, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return cli.Usagef("%q is no number of something in quarantine", cli.Safe(args[1]))
	}
	return quarantineOne(ctx, s, does, id)
}

func quarantineOne(ctx context.Context, s *session, does string, id uint64) error {
	switch does {
	case "show":
		q, err := s.Quarantined(ctx, id)
		if err != nil {
			return err
		}
		return s.out.Fact(q, cli.SafeLines(fmt.Sprintf("%d %s of %d bytes, %s\n%s\n%s", q.ID, q.Kind, q.Bytes, q.Time.Format(time.RFC3339), address(q)+" from "+cmp.Or(q.Origin, "here"), q.Reason)))
	case "release":
		r, err := s.Release(ctx, id)
		if err != nil {
			return err
		}
		text := "released; nothing has changed here: what a peer has sent it is asked for again"
		if r.Changed {
			text = "released; the document has changed"
		}
		return s.out.Fact(r, text)
	case "drop":
		return s.DropQuarantined(ctx, id)
	}
	return cli.Usagef("quarantine takes %s, not %q", quarantineUsage, cli.Safe(does))
}

func listQuarantine(ctx context.Context, s *session) error {
	all, err := s.Quarantine(ctx)
	if err != nil {
		return err
	}
	out := s.out.List("N", "TIME", "KIND", "BYTES", "ADDRESS", "ORIGIN", "REASON").Or("nothing is in quarantine")
	for _, q := range all.Quarantined {
		plain := []string{strconv.FormatUint(q.ID, 10), q.Time.Format(time.RFC3339), q.Kind, strconv.Itoa(q.Bytes), address(q), cmp.Or(q.Origin, "-"), q.Reason}
		cells := append(plain[:6:6], shorten(q.Reason, maxCell))
		if err := out.AddPlain(q, plain, cells...); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return out.Close()
}

// address is the document that something in quarantine is of.
func address(q contract.Quarantined) string {
	if q.Collection == "" {
		return "-"
	}
	return q.Collection + "/" + q.Key
}
