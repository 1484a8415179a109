package integration

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// kills is how often TestKillDuringWrites kills a peer; integration/crash kills
// whole meshes more often.
var kills = flag.Int("kills", 6, "how often TestKillDuringWrites kills a peer")

// program is where TestMain has built the two programs.
var program struct{ crdtd, crdtctl string }

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "crdtstore-integration-")
	if err == nil {
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build makes the programs that every test of this run uses.
func build(dir string) error {
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "../cmd/crdtd", "../cmd/crdtctl")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build crdtd and crdtctl: %w\n%s", err, out)
	}
	program.crdtd, program.crdtctl = filepath.Join(dir, "crdtd"), filepath.Join(dir, "crdtctl")
	return nil
}
