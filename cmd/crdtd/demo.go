package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// demoTime is how long the demo may take at most: a second or two where nothing else is
// done, and it ends well on the slowest machine too.
const demoTime = 5 * time.Minute

func demoCommand() *ucli.Command {
	return &ucli.Command{
		Name: "demo", Usage: "three peers in this terminal: they edit alone, meet, and hold the same",
		Description: "It opens three nodes on loopback, with stores in a temporary directory, and removes them.",
		Action: func(c *ucli.Context) error {
			if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context, demoTime)
			defer cancel()
			return demo(ctx, c.App.Writer)
		},
	}
}

// demo tells the story: three peers share documents, edit them while cut off
// from one another, and converge when they meet.
func demo(ctx context.Context, w io.Writer) (err error) {
	t, err := openTrio(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	tell := &teller{w: w}

	tell.title("Three peers, each with a store of its own, in one mesh")
	for _, n := range t {
		tell.line("%s  %s", n.Name(), n.PeerID())
	}
	tell.line("")
	if err := t.run(ctx, tell, beginning); err != nil {
		return err
	}
	if _, err := t.converge(ctx); err != nil {
		return err
	}

	tell.title("They are cut off from one another, and each edits alone")
	if err := t.cut(ctx); err != nil {
		return err
	}
	if err := t.run(ctx, tell, alone); err != nil {
		return err
	}
	tell.title("What each has now")
	if err := t.show(ctx, tell); err != nil {
		return err
	}

	tell.title("They meet again")
	took, err := t.heal(ctx)
	if err != nil {
		return err
	}
	tell.line("every peer holds what the others wrote after %s:", took.Round(time.Millisecond))
	tell.line("")
	if err := t.showMerged(ctx, tell); err != nil {
		return err
	}
	tell.title("What was decided, and what is left to decide")
	if err := t.showConflicts(ctx, tell); err != nil {
		return err
	}
	tell.title("The proof: equal roots are equal data")
	return t.prove(ctx, tell)
}

// teller writes the story. A terminal that is gone is no reason to fail.
type teller struct {
	w     io.Writer
	parts int
}

func (t *teller) title(text string) {
	t.parts++
	if t.parts > 1 {
		fmt.Fprintln(t.w)
	}
	fmt.Fprintf(t.w, "%d. %s\n\n", t.parts, text)
}

func (t *teller) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != "" {
		text = "   " + cli.Safe(text)
	}
	fmt.Fprintln(t.w, text)
}
