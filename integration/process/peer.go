package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Patience is how long a process may take to be ready, to answer, or to end when it is
// asked to: so long that only one that hangs does not, however slow the machine is.
const Patience = 10 * time.Minute

// ErrNotReady is returned by Start when the process ended, or said something
// else, before its ready line.
var ErrNotReady = errors.New("crdtd is not ready")

// Peer is a crdtd with a directory and a port of its own, which outlive its
// processes. One goroutine starts and ends it; any may talk to it meanwhile.
type Peer struct {
	Name string
	Bin  string   // the binary to start
	Dir  string   // its data directory
	Args []string // of every start, behind those that every peer has

	// Of the present process:
	ID   string // PeerID
	HTTP string // http://127.0.0.1:…
	Log  *Log

	port *reserved
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// New names a peer of the binary bin whose data is in dir.
func New(bin, name, dir string, args ...string) (*Peer, error) {
	port, err := reserve()
	if err != nil {
		return nil, err
	}
	return &Peer{Name: name, Bin: bin, Dir: dir, Args: args, Log: &Log{}, port: port}, nil
}

// Launch starts the process and returns at once; Ready waits for it.
func (p *Peer) Launch(args ...string) (ready <-chan string, err error) {
	line := slices.Concat([]string{
		"--name", p.Name, "--data-dir", p.Dir, "--http", "127.0.0.1:0", "--no-mdns",
		"--listen", fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", p.port.number),
	}, p.Args, args)
	p.cmd = exec.Command(p.Bin, line...)
	p.Log, p.done = &Log{}, make(chan struct{})
	p.cmd.Stderr = p.Log
	p.cmd.Env = environment(p.Dir)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	first := make(chan string, 1)
	cmd, log, done := p.cmd, p.Log, p.done
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		first <- line
		io.Copy(log, r)
		cmd.Wait()
		close(done)
	}()
	return first, nil
}

// Start starts the process and waits until it is ready.
func (p *Peer) Start(args ...string) error {
	ready, err := p.Launch(args...)
	if err != nil {
		return err
	}
	select {
	case line := <-ready:
		if err := p.ready(line); err != nil {
			p.Kill()
			return fmt.Errorf("%s: %w\n%s", p.Name, err, p.Log.Tail())
		}
		return nil
	case <-time.After(Patience):
		p.Kill()
		return fmt.Errorf("%s: %w after %v\n%s", p.Name, ErrNotReady, Patience, p.Log.Tail())
	}
}

// Ready takes the first line of a process that was launched.
func (p *Peer) Ready(line string) error {
	if err := p.ready(line); err != nil {
		return fmt.Errorf("%s: %w\n%s", p.Name, err, p.Log.Tail())
	}
	return nil
}

func (p *Peer) ready(line string) (err error) {
	p.ID, p.HTTP, err = ParseReady(line)
	return err
}

// Pid is the process id of the present process.
func (p *Peer) Pid() int { return p.cmd.Process.Pid }

// Running reports whether the present process has not ended.
func (p *Peer) Running() bool {
	if p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Kill ends the process with SIGKILL and waits until it is gone.
func (p *Peer) Kill() {
	if p.done == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// Abort ends the process so that it says in its log what each goroutine was
// doing, for one that does not answer, and returns the log.
func (p *Peer) Abort() string {
	if p.Running() {
		p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.done
	}
	return p.Log.String()
}

// Stop ends the process as an operator does. One that does not exit with 0 in
// Patience is an error.
func (p *Peer) Stop() error {
	if !p.Running() {
		return nil
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(Patience):
		p.cmd.Process.Signal(syscall.SIGQUIT) // says where it hangs
		<-p.done
		return fmt.Errorf("%s: still running %v after SIGTERM\n%s", p.Name, Patience, p.Log.Tail())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("%s: exit %d after SIGTERM\n%s", p.Name, code, p.Log.Tail())
	}
	return nil
}

// environment is the surrounding one without settings of crdtd.
func environment(home string) []string {
	env := slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, "CRDTD_") || strings.HasPrefix(e, "HOME=") || strings.HasPrefix(e, "XDG_STATE_HOME=")
	})
	home = filepath.Dir(home)
	return append(env, "HOME="+home, "XDG_STATE_HOME="+home)
}
