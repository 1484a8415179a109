package main

import (
	"context"
	"io"
)

func demo(ctx context.Context, w io.Writer) error { return nil }
