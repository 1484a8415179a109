package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func exportCommand() *ucli.Command {
	return &ucli.Command{
		Name: "export", Usage: "write documents as NDJSON lines that import takes", ArgsUsage: "[COLL[/PREFIX]]",
		Description: "Lines are {\"key\":…,\"doc\":…}, with \"collection\" when all collections are exported.\n" +
			"Nothing is an answer: the exit code is 0 then, and stderr says if there is no such collection here.\n" +
			"Plain documents show counters as numbers, sets as arrays and texts as strings; --typed keeps what they are.",
		Flags:  []ucli.Flag{&ucli.BoolFlag{Name: "typed", Usage: "documents with $-tags, so that import makes counters of counters, and texts of texts"}},
		Action: action(0, 1, "COLL[/PREFIX]", export),
	}
}

// exportLine is one line of an export.
type exportLine struct {
	Collection string          `json:"collection,omitempty"`
	Key        string          `json:"key"`
	Doc        json.RawMessage `json:"doc"`
}

func export(ctx context.Context, s *session, args []string) error {
	all, err := s.Collections(ctx)
	if err != nil {
		return err
	}
	o := client.ListOptions{Typed: s.cli.Bool("typed")}
	selected := all.Collections
	if len(args) == 1 {
		var collection string
		collection, o.Prefix, _ = strings.Cut(args[0], "/")
		if err := s.nothingOf(ctx, collection); err != nil {
			return err
		}
		selected = []contract.Collection{{Name: collection, Documents: documentsOf(all, collection)}}
	}
	total := 0
	for _, c := range selected {
		total += c.Documents
	}
	var bar *cli.Progress
	if isTerminal(os.Stderr) && !isTerminal(os.Stdout) && total > 1000 {
		bar = cli.NewProgress(os.Stderr, "export", int64(total), false)
	}
	// Every line is one write of the printer; collected they are one of many.
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	err = s.export(ctx, out, selected, o, len(args) == 0, bar)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	bar.Close(err == nil)
	return err
}

func (s *session) export(ctx context.Context, out *bufio.Writer, selected []contract.Collection, o client.ListOptions, named bool, bar *cli.Progress) error {
	printer, err := s.exporter(out)
	if err != nil {
		return err
	}
	list, done := printer.List("KEY", "DOC"), int64(0)
	for _, c := range selected {
		for item, err := range s.List(ctx, c.Name, o) {
			if err != nil {
				return err
			}
			line := exportLine{Key: item.Key, Doc: item.Doc}
			if named {
				line.Collection = c.Name
			}
			if err := list.Add(line, item.Key, string(item.Doc)); err != nil {
				return err
			}
			if done++; done%500 == 0 {
				bar.Set(done)
			}
		}
	}
	return list.Close()
}

// exporter is the printer of an export: lines of NDJSON unless -o says json or
// table.
func (s *session) exporter(out *bufio.Writer) (*cli.Printer, error) {
	format := cli.Format(s.cli.String("output"))
	if format == cli.FormatAuto || format == cli.FormatRaw {
		format = cli.FormatNDJSON
	}
	var query *cli.Query
	if s.cli.IsSet("jq") {
		var err error
		if query, err = cli.ParseQuery(s.cli.String("jq")); err != nil {
			return nil, err
		}
	}
	return cli.NewPrinter(out, isTerminal(os.Stdout), format, query)
}

func documentsOf(all contract.Collections, name string) int {
	for _, c := range all.Collections {
		if c.Name == name {
			return c.Documents
		}
	}
	return 0
}
