package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func syncCommand() *ucli.Command {
	return &ucli.Command{
		Name: "sync", Usage: "reconcile now with all peers, or one; or pause and resume that", ArgsUsage: "[PEER]",
		Description: "PEER is a peer id, or a name if only one peer has it.",
		Flags: []ucli.Flag{
			&ucli.BoolFlag{Name: "pause", Usage: "stop exchanging documents, until --resume"},
			&ucli.BoolFlag{Name: "resume", Usage: "end --pause"},
			&ucli.DurationFlag{Name: "timeout", Usage: "give up after `D`, as 30s"},
		},
		Action: action(0, 1, "PEER", syncPeers),
	}
}

func syncPeers(ctx context.Context, s *session, args []string) error {
	q := contract.SyncRequest{Action: contract.ActionSync}
	switch {
	case s.cli.Bool("pause") && s.cli.Bool("resume"):
		return cli.Usagef("--pause and --resume exclude one another")
	case s.cli.Bool("pause"):
		q.Action = contract.ActionPause
	case s.cli.Bool("resume"):
		q.Action = contract.ActionResume
	}
	timeout := s.cli.Duration("timeout")
	if s.cli.IsSet("timeout") && timeout <= 0 {
		return cli.Usagef("--timeout %s: want more than nothing", timeout)
	}
	if len(args) == 1 {
		if q.Peer = args[0]; q.Peer == "" {
			return cli.Usagef("PEER is empty")
		}
	}
	report, err := s.Sync(ctx, q, timeout)
	if err != nil {
		return err
	}
	out := s.out.List("PEER", "NAME", "CONVERGED", "WHY", "RECEIVED")
	for _, p := range report.Peers {
		if err := out.Add(p, p.Peer, orUnknown(p.Name, "?"), strconv.FormatBool(p.Converged), orUnknown(p.Why, "-"), strconv.Itoa(p.Received)); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	switch {
	case q.Action != contract.ActionSync:
		return nil
	case len(report.Peers) == 0:
		fmt.Fprintln(os.Stderr, "crdtctl: no peers are known")
	case !report.Converged():
		return errors.New("not every peer is in sync")
	}
	return nil
}
