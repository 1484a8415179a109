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
	for _, complete := range []bool{true, false} {
		var b bytes.Buffer
		p := cli.NewProgress(&b, "import", 100, true)
		p.Set(50)
		p.Set(150) // more than was thought
		p.Close(complete)
	}
}
