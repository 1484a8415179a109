package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"
)

func peersCommand() *ucli.Command {
	return &ucli.Command{
		Name: "peers", Usage: "list the peers that the node knows",
		Action: action(0, 0, "", func(ctx context.Context, s *session, _ []string) error {
			got, err := s.Peers(ctx)
			if err != nil {
				return err
			}
			out := s.out.List(peerColumns...).Or("no peers")
			for _, p := range got.Peers {
				if err := out.Add(p, peerCells(p)...); err != nil {
					return err
				}
			}
			return out.Close()
		}),
	}
}
