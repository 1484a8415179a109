package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
)

func importCommand() *ucli.Command {
	return &ucli.Command{
		Name: "import", Usage: "write many documents", ArgsUsage: "[COLL] FILE|-",
		Description: "FILE holds lines {\"key\":…,\"doc\":…} as export writes them, or with --key plain documents;\n" +
			"one JSON value a line, or one JSON array. Without COLL the lines must name their collections.\n" +
			"It stops at the first bad line, and nothing of that line is written.",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "key", Usage: "the lines are plain documents, whose key is at this JSON Pointer, as `/id`"},
			&ucli.BoolFlag{Name: "keep-going", Usage: "report bad lines and go on"},
			acks, acksTime,
		},
		Action: action(1, 2, "COLL and FILE or -", importDocuments),
	}
}

func importDocuments(ctx context.Context, s *session, args []string) error {
	var in reader
	if len(args) == 2 {
		in.collection = args[0]
		if err := crdt.CheckCollection(in.collection); err != nil {
			return err
		}
	}
	if s.cli.IsSet("key") {
		pointer, err := crdt.ParsePointer(s.cli.String("key"))
		if err != nil {
			return err
		}
		in.pointer, in.plain = pointer, true
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	path := args[len(args)-1]
	file, size, err := openImport(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in.open(file)
	w := &importer{session: s, conditions: conditions, keepGoing: s.cli.Bool("keep-going"), out: os.Stderr}
	if isTerminal(os.Stderr) && size > 1<<16 {
		w.bar = cli.NewProgress(os.Stderr, "import", size, true)
		w.out = w.bar
	}
	err = w.run(ctx, &in)
	w.bar.Close(err == nil)
	w.out = os.Stderr
	w.report(err)
	if err == nil && w.failed > 0 {
		err = fmt.Errorf("not imported: %d of %s", w.failed, cli.Counted(w.failed+w.written, "document"))
	}
	if err == nil {
		err = w.unsure
	}
	return err
}

// openImport opens what to import, and its size where that is known.
func openImport(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, cli.Usagef("%w", err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return nil, 0, errors.Join(cli.Usagef("%s is not a file", cli.Safe(path)), f.Close())
	}
	return f, info.Size(), nil
}
