package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"
)

func inviteCommand() *ucli.Command {
	return &ucli.Command{
		Name: "invite", Usage: "show a text that makes another node a member of the mesh: a secret",
		Description: "Start the other node with crdtd --join INVITE. It needs the bearer token of this node.",
		Action: action(0, 0, "", func(ctx context.Context, s *session, _ []string) error {
			got, err := s.Invite(ctx)
			if err != nil {
				return err
			}
			return s.out.Fact(got, got.Invite)
		}),
	}
}
