package main

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed yjs/bench.mjs yjs/package.json yjs/package-lock.json
var yjsFiles embed.FS

// yjs is a Node process that makes tasks with Yjs, in the version that
// yjs/package-lock.json pins. It lives as long as the run, so that its code is
// as warm as it gets.
type yjs struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	reason error // why there is none
}

// made is what Yjs answers: times in nanoseconds.
type made struct {
	NS       float64
	Bytes    int
	Deflated int
	Error    string
}

// startYjs installs Yjs below dir and starts it. Without node, npm or a
// registry there is none, which is no error: the rows are skipped.
func startYjs(dir string) *yjs {
	dir, err := installYjs(dir)
	if err != nil {
		return &yjs{reason: skipped{fmt.Sprintf("no Yjs: %v", err)}}
	}
	y := &yjs{cmd: exec.Command("node", "bench.mjs")}
	data, err := testdata()
	if err != nil {
		return &yjs{reason: err}
	}
	y.cmd.Dir, y.cmd.Stderr = dir, os.Stderr
	y.cmd.Env = append(os.Environ(), "CRDTSTORE_TESTDATA="+data, "SMALL_DOCUMENT="+string(body(1)))
	out, err := y.cmd.StdoutPipe()
	if err != nil {
		return &yjs{reason: err}
	}
	if y.in, err = y.cmd.StdinPipe(); err != nil {
		return &yjs{reason: err}
	}
	if err := y.cmd.Start(); err != nil {
		return &yjs{reason: err}
	}
	y.out = bufio.NewReader(out)
	return y
}

// installYjs writes the script and lets npm install what it needs.
func installYjs(dir string) (string, error) {
	dir = filepath.Join(dir, "yjs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"bench.mjs", "package.json", "package-lock.json"} {
		b, err := yjsFiles.ReadFile("yjs/" + name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return "", err
		}
	}
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a registry that is not there is soon known
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return dir, nil
}

// do makes one task.
func (y *yjs) do(task, trace string) (m made, err error) {
	if y.reason != nil {
		return m, y.reason
	}
	if err := json.NewEncoder(y.in).Encode(map[string]string{"task": task, "trace": trace}); err != nil {
		return m, fmt.Errorf("yjs: %s: %w", task, err)
	}
	line, err := y.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &m)
	}
	if err == nil && m.Error != "" {
		err = errors.New(m.Error)
	}
	if err != nil {
		err = fmt.Errorf("yjs: %s: %w", task, err)
	}
	return m, err
}

// side is a task as one side of a comparison.
func (y *yjs) side(task, trace string) timing {
	return func() (float64, error) {
		m, err := y.do(task, trace)
		return m.NS, err
	}
}

// encoded is what Yjs takes for the same, as it is and deflated, in words.
func (y *yjs) encoded(trace string) (plain, deflated string, err error) {
	m, err := y.do("encode", trace)
	if err != nil {
		return "", "", err
	}
	size := func(n int) string { return fmt.Sprintf("Yjs %s KB", figure(float64(n)/1000)) }
	return size(m.Bytes), size(m.Deflated), nil
}

// close ends the process, whatever it is doing.
func (y *yjs) close() {
	if y.cmd != nil && y.cmd.Process != nil {
		y.cmd.Process.Kill()
		y.cmd.Wait()
	}
}
