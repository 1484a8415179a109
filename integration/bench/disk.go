package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// disk measures what documents take when a node has closed.
func (b *bench) disk() error {
	ours := func(fill func(*node.Node) error) (float64, error) {
		return b.once(func(dir string) (float64, error) {
			nd, err := open(dir, node.Fsync)
			if err != nil {
				return 0, err
			}
			if err := fill(nd); err != nil {
				return 0, err
			}
			if err := nd.Close(); err != nil {
				return 0, err
			}
			n, err := size(dir)
			return float64(n), err
		})
	}
	plain, err := b.once(func(dir string) (float64, error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		if err := plainLoad(db, b.docs); err != nil {
			return 0, err
		}
		if err := db.Close(); err != nil {
			return 0, err
		}
		n, err := size(dir)
		return float64(n), err
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	full, err := ours(func(nd *node.Node) error { return load(ctx, nd, 0, b.docs) })
	if err != nil {
		return err
	}
	per := float64(b.docs)
	b.add("disk a document, closed", full/per, "B", atMost(420), "", fmt.Sprintf("%.0f B", plain/per))
	one, err := ours(func(nd *node.Node) error {
		_, err := spread(16, 10000, func(i int) error {
			_, err := nd.Collection(collection).Put(ctx, "one", body(i), node.PutOptions{})
			return err
		})
		return err
	})
	if err != nil {
		return err
	}
	b.add("disk after one key was overwritten 10,000 times", one/1000, "KB", atMost(100), "", "")
	return nil
}

// process measures the peer binary and the process on a full store.
func (b *bench) process() error {
	bin := filepath.Join(b.dir, "crdtd")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "github.com/crdtstore/crdtstore/cmd/crdtd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build crdtd: %w\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		return err
	}
	b.add("stripped static binary", float64(info.Size())/1e6, "MB", atMost(34), "", "")
	dir, err := b.newDir()
	if err != nil {
		return err
	}
	nd, err := open(dir, node.Fsync)
	if err != nil {
		return err
	}
	if err := load(context.Background(), nd, 0, b.docs); err != nil {
		return err
	}
	if err := nd.Close(); err != nil {
		return err
	}
	return b.idle(bin, dir)
}

// idle starts the binary on a store and reads its memory when it has come to
// rest.
func (b *bench) idle(bin, dir string) error {
	cmd := exec.Command(bin, "--data-dir", dir, "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns")
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		return fmt.Errorf("crdtd is not ready: %q, %w\n%s", line, err, log.String())
	}
	b.add(fmt.Sprintf("start to ready, %d documents", b.docs), float64(time.Since(start).Milliseconds()), "ms", atMost(100), "", "")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := 0.0
	for range 15 {
		<-tick.C
		rss, err := residentMB(cmd.Process.Pid)
		if err != nil {
			return err
		}
		if last > 0 && rss <= last && last-rss < 0.5 {
			break
		}
		last = rss
	}
	b.add(fmt.Sprintf("idle RSS, %d documents", b.docs), last, "MB", atMost(40), "", "")
	return nil
}

// residentMB is the resident memory of a process.
func residentMB(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", pid)
}
