package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build compiles crdtd as it is shipped into dir and returns its path. One that lies there may be of
// an older tree: it is built anew.
func Build(dir string) (string, error) {
	bin := filepath.Join(dir, "crdtd")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "github.com/crdtstore/crdtstore/cmd/crdtd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build crdtd: %w\n%s", err, out)
	}
	return bin, nil
}
