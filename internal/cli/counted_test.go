package cli_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func TestCounted(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 bytes", 1: "1 byte", 2: "2 bytes", 1176: "1176 bytes", 1<<32 + 1: "4294967297 bytes"} {
		if got := cli.Counted(n, "byte"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
