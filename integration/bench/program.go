package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// buildProgram builds crdtd as it is shipped, once.
func (b *bench) buildProgram() (bin string, err error) { return b.buildCommand("crdtd") }

// buildCommand builds a command as it is shipped, once.
func (b *bench) buildCommand(name string) (bin string, err error) {
	bin = filepath.Join(b.dir, name)
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "github.com/crdtstore/crdtstore/cmd/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return bin, nil
}

// program is a crdtd process that is ready.
type program struct {
	cmd   *exec.Cmd
	peer  string        // PeerID
	http  string        // http://127.0.0.1:…
	ready time.Duration // from the start of the process to its ready line
}

// startProgram starts the binary on a directory and waits until it is ready.
func startProgram(bin, dir string, args ...string) (*program, error) {
	return startCommand(exec.Command(bin, programArgs(dir, args)...))
}

// startNiced is startProgram at the lowest priority.
func startNiced(bin, dir string, args ...string) (*program, error) {
	return startCommand(exec.Command("nice", append([]string{"-n", "19", bin}, programArgs(dir, args)...)...))
}

func programArgs(dir string, args []string) []string {
	return append([]string{"--data-dir", dir, "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns"}, args...)
}

func startCommand(cmd *exec.Cmd) (*program, error) {
	p := &program{cmd: cmd}
	var log bytes.Buffer
	p.cmd.Stderr = &log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	p.ready = time.Since(start)
	if err != nil || !strings.HasPrefix(line, "ready ") {
		p.end(syscall.SIGKILL)
		return nil, fmt.Errorf("crdtd is not ready: %q, %w\n%s", line, err, log.String())
	}
	for field := range strings.FieldsSeq(line) {
		if id, ok := strings.CutPrefix(field, "peer="); ok {
			p.peer = id
		}
		if url, ok := strings.CutPrefix(field, "http="); ok {
			p.http = url
		}
	}
	return p, nil
}

// end stops the process by a signal and waits for it.
func (p *program) end(s syscall.Signal) {
	p.cmd.Process.Signal(s)
	p.cmd.Wait()
}

// memoryMB is a field of the process's memory status: VmRSS now, VmHWM at most,
// RssAnon and RssFile now.
func (p *program) memoryMB(field string) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", field, p.cmd.Process.Pid)
}

// mostMB watches fields of the memory status until done is closed, and returns
// the most that it has seen of each.
func (p *program) mostMB(done <-chan struct{}, fields ...string) map[string]float64 {
	most := map[string]float64{}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, f := range fields {
			if mb, err := p.memoryMB(f); err == nil {
				most[f] = max(most[f], mb)
			}
		}
		select {
		case <-done:
			return most
		case <-tick.C:
		}
	}
}

// takesIn waits until the process has taken in so many documents from others.
func (p *program) takesIn(documents int) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); time.Since(begin) < patience; <-tick.C {
		n, err := p.received()
		if err != nil {
			return err
		}
		if n >= documents {
			return nil
		}
	}
	return fmt.Errorf("crdtd has not taken in %d documents in %v", documents, patience)
}

// received is how many documents the process has taken in, by its own metrics.
func (p *program) received() (int, error) {
	r, err := http.Get(p.http + "/metrics")
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "crdtstore_documents_received_total "); ok {
			n, err := strconv.ParseFloat(rest, 64)
			return int(n), err
		}
	}
	return 0, errors.New("crdtd counts no received documents")
}

// left is for how many milliseconds a process is left alone before what it still holds is looked at: it gives
// memory back when its store was not used for five seconds.
const left = 10_000

// rest leaves the process alone, and returns its resident memory, and of that what is anonymous and pages of files.
func (p *program) rest(left time.Duration) (mb float64, parts string, err error) {
	<-time.After(left)
	var all [3]float64
	for i, field := range []string{"VmRSS", "RssAnon", "RssFile"} {
		if all[i], err = p.memoryMB(field); err != nil {
			return 0, "", err
		}
	}
	return all[0], fmt.Sprintf("%.1f MB anonymous, %.1f MB mapped pages of files, after %v", all[1], all[2], left), nil
}
