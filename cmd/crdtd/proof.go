package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/node"
)

// showMerged shows what all three hold now; if one shows something else, that
// is an error.
func (t *trio) showMerged(ctx context.Context, tell *teller) error {
	for _, key := range keys {
		first, err := shown(ctx, t[0], key)
		if err != nil {
			return err
		}
		for _, n := range t[1:] {
			other, err := shown(ctx, n, key)
			if err != nil {
				return err
			}
			if other != first {
				return fmt.Errorf("%s/%s: %s at %s, %s at %s", trips, key, first, t[0].Name(), other, n.Name())
			}
		}
		tell.line("%s/%s  %s", trips, key, first)
	}
	return nil
}

// showConflicts lists the values that are kept beside the shown ones.
func (t *trio) showConflicts(ctx context.Context, tell *teller) error {
	tell.line("Counters add up; sets, lists, texts and objects unite; a removal that nobody contradicts holds.")
	tell.line("What cannot be united is kept, and the latest is shown:")
	tell.line("")
	conflicts := 0
	for v, err := range t[0].Collection(trips).Conflicts(ctx, node.ListOptions{}) {
		if err != nil {
			return err
		}
		for _, c := range v.Conflicts {
			path := c.Path
			if path == "" {
				path = "(all of it)"
			}
			tell.line("%s/%s %s  %s", trips, v.Document.Key(), path, c.Kind)
			for i, candidate := range c.Candidates {
				mark := ""
				if candidate.Shown {
					mark = "   <- shown"
				}
				tell.line("  %d  %s   by %s%s", i+1, candidate.JSON, candidate.Origin, mark)
			}
			conflicts++
		}
	}
	if conflicts == 0 {
		return errors.New("the story has a conflict, and none is listed")
	}
	tell.line("")
	tell.line("crdtctl resolve ADDR --take N ends one, everywhere.")
	return nil
}

// prove shows the three roots; if they are not one, that is an error.
func (t *trio) prove(ctx context.Context, tell *teller) error {
	first := ""
	for _, n := range t {
		root, err := n.Root(ctx, trips)
		if err != nil {
			return err
		}
		tell.line("%s  %s", n.Name(), root)
		if first == "" {
			first = root.String()
		}
		if root.String() != first {
			return errors.New("the roots differ")
		}
	}
	return nil
}
