package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func main() { os.Exit(run()) }

// run is main without the exit.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, newApp(), os.Args, os.Stdout, os.Stderr)
}
