package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// shortTime is what a target has with -short.
const shortTime = 2 * time.Second

func main() {
	whole := flag.Duration("for", 5*time.Minute, "time for all targets together, without that of building them")
	short := flag.Bool("short", false, "two seconds for each target")
	names := flag.String("run", "", "only targets whose package and name match this regular expression")
	parallel := flag.Int("parallel", 0, "inputs that are tried at a time; 0 is one a core")
	flag.Parse()
	if err := run(*whole, *short, *names, *parallel); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(whole time.Duration, short bool, names string, parallel int) error {
	re, err := regexp.Compile(names)
	if err != nil {
		return err
	}
	root, err := rootOf()
	if err != nil {
		return err
	}
	all, err := targets(root, re)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no target matches %q", names)
	}
	share := whole / time.Duration(len(all))
	if short {
		share = shortTime
	}
	total, failed := 0, 0
	for _, t := range all {
		args := []string{"test", t.pkg, "-run", "^$", "-fuzz", "^" + t.name + "$", "-fuzztime", share.String(), "-timeout", "0"}
		if parallel > 0 {
			args = append(args, "-parallel", strconv.Itoa(parallel))
		}
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		n, numberErr := strconv.Atoi(executions(string(out)))
		if numberErr != nil {
			return numberErr
		}
		total += n
		if err != nil {
			failed++
			fmt.Printf("FAILED %s: %v\n%s\nreplay: go test %s -run '^%s$'\n", t, err, out, t.pkg, t.name)
			continue
		}
		fmt.Printf("%12d  %s\n", n, t)
	}
	fmt.Printf("FUZZ: %d runs, %d violations (%d targets)\n", total, failed, len(all))
	if failed > 0 {
		return fmt.Errorf("%d targets failed", failed)
	}
	return nil
}

// rootOf is the folder with go.mod, from here upwards.
func rootOf() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, none := os.Stat(filepath.Join(dir, "go.mod")); none == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod here")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
