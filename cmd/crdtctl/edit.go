package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
)

func editCommand() *ucli.Command {
	return &ucli.Command{
		Name: "edit", Usage: "change a document in an editor; shows its new version", ArgsUsage: "ADDR",
		Description: "The editor is $VISUAL, else $EDITOR, else vi. What you change is carried over to what the\n" +
			"document is when the editor ends: what others have changed meanwhile stays. Where that\n" +
			"cannot be done your text is kept in a file, and the message names it.",
		Flags:  []ucli.Flag{&ucli.BoolFlag{Name: "typed", Usage: "edit counters, sets, texts, bytes and registers with their $-tags"}, acks, acksTime},
		Action: action(1, 1, "ADDR", edit),
	}
}

func edit(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	before, err := s.Get(ctx, collection, key, client.ReadOptions{Typed: s.cli.Bool("typed")})
	if err != nil {
		return err
	}
	w, err := newDraft(args[0], before)
	if err != nil {
		return err
	}
	failed := runEditor(w.path)
	// An interrupt while the editor ran was the editor's.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt)
	defer stop()
	text, err := w.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.Join(fmt.Errorf("%s: the editor has removed the file: nothing was written", args[0]), failed, w.discard())
	case err != nil:
		return w.keep(err, mended)
	case w.unchanged(text):
		if failed != nil {
			return errors.Join(fmt.Errorf("%s: nothing was written: %w", args[0], failed), w.discard())
		}
		fmt.Fprintf(os.Stderr, "crdtctl: %s is as it was: nothing was written\n", cli.Safe(args[0]))
		return w.discard()
	case failed != nil:
		return w.keep(failed, "to write it all the same")
	case len(bytes.TrimSpace(text)) == 0:
		return errors.Join(fmt.Errorf("%s: the file is empty: nothing was written (crdtctl del removes a document)", args[0]), w.discard())
	}
	if err := w.check(text); err != nil {
		return w.keep(err, mended)
	}
	conditions.Base = w.base
	after, err := s.Put(ctx, collection, key, text, conditions)
	if err != nil {
		return w.keep(err, mended)
	}
	return errors.Join(s.written(args[0], after), w.discard())
}

// mended is when a text that was refused may be written.
const mended = "when it is mended"

// runEditor runs the editor on a file until it ends. As everywhere, what names
// the editor is a shell command, so that it may have flags.
func runEditor(path string) error {
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if v := os.Getenv(name); v != "" {
			editor = v
		}
	}
	c := exec.Command("sh", "-c", editor+` "$@"`, "sh", path)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if !isTerminal(os.Stdout) {
		c.Stdout = os.Stderr // the data of this command alone goes to stdout
	}
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() == 127:
		return fmt.Errorf("there is no editor %q: set VISUAL or EDITOR", cli.Safe(editor))
	}
	return fmt.Errorf("the editor %q failed: %w", cli.Safe(editor), err)
}
