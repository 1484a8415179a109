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

func quarantineCommand() *ucli.Command {
	return &ucli.Command{
		Name: "quarantine", Usage: "what could not be taken, or had to be given up", ArgsUsage: "[ls], show N, release N or drop N",
		Description: "What a peer has sent and this node cannot take, and what a damaged record held, is kept\n" +
			"as it was. show prints it (-o json with its bytes), release tries again to take it,\n" +
			"drop removes it for good. It needs the bearer token of this node.",
		Action: action(0, 2, "ls, show N, release N or drop N", quarantine),
	}
}

func quarantine(ctx context.Context, s *session, args []string) error {
	if len(args) == 0 || len(args) == 1 && args[0] == "ls" {
		return listQuarantine(ctx, s)
	}
	if len(args) != 2 {
		return cli.Usagef("quarantine takes ls, show N, release N or drop N")
	}
	id, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return cli.Usagef("%q is no number of something in quarantine", cli.Safe(args[1]))
	}
	switch args[0] {
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
		text := "released; nothing has changed"
		if r.Changed {
			text = "released; the document has changed"
		}
		return s.out.Fact(r, text)
	case "drop":
		return s.DropQuarantined(ctx, id)
	}
	return cli.Usagef("quarantine takes ls, show N, release N or drop N, not %q", cli.Safe(args[0]))
}

func listQuarantine(ctx context.Context, s *session) error {
	all, err := s.Quarantine(ctx)
	if err != nil {
		return err
	}
	out := s.out.List("N", "TIME", "KIND", "BYTES", "ADDRESS", "ORIGIN", "REASON")
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
