package cli_test

import (
	"bytes"
	"testing"

	"go.uber.org/goleak"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestProgress: a bar ends whether the work did or not, and none is no bar.
func TestProgress(t *testing.T) {
	var none *cli.Progress
	none.Set(5)
	none.Close(true)
	for _, total := range []int64{0, 100} { // 0 is unknown
		for _, sets := range [][]int64{nil, {50}, {100}, {50, 150}} { // 150 is more than was thought
			for _, complete := range []bool{true, false} {
				p := cli.NewProgress(new(bytes.Buffer), "import", total, true)
				for _, done := range sets {
					p.Set(done)
				}
				if _, err := p.Write([]byte("a message\n")); err != nil {
					t.Error(err)
				}
				p.Close(complete)
			}
		}
	}
}
