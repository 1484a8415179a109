package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// releaseAll releases all that is in quarantine, lists what came of each, and sums up on
// stderr.
func releaseAll(ctx context.Context, s *session, timeout time.Duration) error {
	got, err := s.ReleaseAll(ctx, timeout)
	if err != nil {
		return err
	}
	out, count := s.out.List("N", "KIND", "ADDRESS", "OUTCOME", "WHY"), map[string]int{}
	for _, r := range got.Released {
		count[r.Outcome]++
		plain := []string{strconv.FormatUint(r.ID, 10), r.Kind, address(r.Quarantined), r.Outcome, orUnknown(r.Why, "-")}
		cells := append(plain[:4:4], shorten(plain[4], maxCell))
		if err := out.AddPlain(r, plain, cells...); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	refused, asked := count[contract.RefusedAgain], count[contract.AskedFor]
	if len(got.Released) == 0 {
		fmt.Fprintln(os.Stderr, "crdtctl: nothing is in quarantine")
	} else {
		fmt.Fprintf(os.Stderr, "crdtctl: of %d came back %d, refused again and still in quarantine %d, asked for and not here yet %d\n",
			len(got.Released), count[contract.CameBack], refused, asked)
	}
	switch {
	case refused > 0:
		return cli.Exit(cli.ExitFailure)
	case asked > 0:
		return cli.Exit(cli.ExitTimeout)
	}
	return nil
}

// dropAll removes all that is in quarantine for good.
func dropAll(ctx context.Context, s *session) error {
	got, err := s.DropAllQuarantined(ctx)
	if err != nil {
		return err
	}
	return s.out.Fact(got, fmt.Sprintf("%d dropped", got.Dropped))
}
