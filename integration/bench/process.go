package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process measures the peer binary: its size, and a process that takes in a
// collection, is killed, and started again.
func (b *bench) process() error {
	bin, err := b.buildProgram()
	if err != nil {
		return err
	}
	info, err := os.Stat(bin)
	if err != nil {
		return err
	}
	b.add("stripped static binary", float64(info.Size())/1e6, "MB", atMost(34), "", "")
	for _, n := range b.large() {
		if err := b.imports(bin, n); err != nil {
			return fmt.Errorf("import %d documents: %w", n, err)
		}
		dir, err := b.newDir()
		if err != nil {
			return err
		}
		if err := b.intake(bin, dir, n); err != nil {
			return fmt.Errorf("take in %d documents: %w", n, err)
		}
		if err := b.starts(bin, dir, n); err != nil {
			return fmt.Errorf("start on %d documents: %w", n, err)
		}
		os.RemoveAll(dir)
	}
	return nil
}

// intake lets a new process take in n documents from a station, and kills it
// with what it has not written to its tables yet.
func (b *bench) intake(bin, dir string, n int) error {
	ctx := context.Background()
	a, err := b.full(ctx, n, loopback)
	if err != nil {
		return err
	}
	defer discard(a)
	invite, err := a.Invite(ctx)
	if err != nil {
		return err
	}
	p, err := startProgram(bin, dir, "--join", invite)
	if err != nil {
		return err
	}
	defer p.end(syscall.SIGKILL)
	done, watched := make(chan struct{}), make(chan map[string]float64, 1)
	go func() { watched <- p.mostMB(done, "RssAnon", "RssFile") }()
	err = convergeWith(ctx, a, []string{p.peer})
	close(done)
	parts := <-watched
	if err != nil {
		return err
	}
	took := a.meter.took()
	peak, err := p.memoryMB("VmHWM")
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("crdtd takes in %d documents: peak RSS", n), peak, "MB", atMost(256),
		fmt.Sprintf("%.0f MB anonymous at most, %.0f MB mapped pages of files at most", parts["RssAnon"], parts["RssFile"]), "")
	b.add("  connected to equal roots", took.Seconds(), "s", target{}, rate(float64(n)/took.Seconds()), "")
	return b.idle(p, fmt.Sprintf("crdtd takes in %d documents: idle RSS", n), target{})
}

// idle adds what a process holds that is left alone.
func (b *bench) idle(p *program, what string, most target) error {
	rss, parts, err := p.rest(time.Duration(b.scaled(left)) * time.Millisecond)
	if err == nil {
		b.add(what, rss, "MB", most, parts, "")
	}
	return err
}

// smallIdle is the target of a process with n documents that is left alone: there is one for 100,000.
func (b *bench) smallIdle(n int) target {
	if n > b.docs {
		return target{}
	}
	return atMost(40)
}

// imports lets crdtctl import n documents into a new process.
func (b *bench) imports(bin string, n int) error {
	dir, err := b.newDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lines := filepath.Join(b.dir, "lines")
	if err := writeLines(lines, n); err != nil {
		return err
	}
	defer os.Remove(lines)
	ctl, err := b.buildCommand("crdtctl")
	if err != nil {
		return err
	}
	p, err := startProgram(bin, dir)
	if err != nil {
		return err
	}
	defer p.end(syscall.SIGTERM)
	start := time.Now()
	if out, err := exec.Command(ctl, "--node", p.http, "import", collection, lines).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	took := time.Since(start)
	peak, err := p.memoryMB("VmHWM")
	if err != nil {
		return err
	}
	what := fmt.Sprintf("crdtctl imports %d documents", n)
	b.add(what, took.Seconds(), "s", target{}, rate(float64(n)/took.Seconds()), "")
	b.add("  peak RSS of crdtd", peak, "MB", atMost(256), "", "")
	return b.idle(p, "  idle RSS of crdtd", b.smallIdle(n))
}

// writeLines writes n documents as import reads them.
func writeLines(path string, n int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for i := range n {
		fmt.Fprintf(w, "{\"key\":%q,\"doc\":%s}\n", key(i), body(i))
	}
	return w.Flush()
}

// starts starts a process on a store that another one left by kill -9, then on
// one that was closed, and lets it rest.
func (b *bench) starts(bin, dir string, n int) error {
	for _, s := range []struct {
		after string
		limit target
	}{{"kill -9", atMost(500)}, {"a clean stop", atMost(100)}} {
		p, err := startProgram(bin, dir)
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("start to ready, %d documents, after %s", n, s.after), milliseconds(p.ready), "ms", s.limit, "", "")
		if s.after != "kill -9" {
			if err := b.idle(p, fmt.Sprintf("idle RSS, %d documents", n), b.smallIdle(n)); err != nil {
				p.end(syscall.SIGKILL)
				return err
			}
		}
		p.end(syscall.SIGTERM)
	}
	return nil
}
