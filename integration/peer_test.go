package integration

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/crdtstore/crdtstore/integration/process"
	"github.com/crdtstore/crdtstore/internal/patience"
)

// peer is one crdtd process and its data directory, which outlives it.
type peer struct {
	t    testing.TB
	name string
	dir  string
	port int // of libp2p over TCP; the same in every life, so that others find it again

	bin    string   // the program; "" is crdtd as it is shipped
	prefix []string // the command that runs crdtd, where it is not run directly
	listen string   // the address to listen on
	mdns   bool     // look for others on the local network

	// Of the present life:
	cmd  *exec.Cmd
	id   string // PeerID
	http string // http://127.0.0.1:…
	log  *logBuffer
	done chan struct{} // closed when the process has ended
}

// newPeer names a peer with a directory of its own; start gives it life.
func newPeer(t testing.TB, name string) *peer {
	return &peer{t: t, name: name, dir: filepath.Join(t.TempDir(), name), port: freePort(t), listen: "127.0.0.1"}
}

// startPeer starts a new peer alone, or as a member by --join.
func startPeer(t testing.TB, name string, args ...string) *peer {
	t.Helper()
	p := newPeer(t, name)
	p.start(args...)
	return p
}

// mesh starts one peer for each name; the first founds the mesh and the
// others join with an invite of their predecessor.
func mesh(t testing.TB, names ...string) []*peer {
	t.Helper()
	peers := []*peer{startPeer(t, names[0])}
	for _, name := range names[1:] {
		peers = append(peers, startPeer(t, name, "--join", peers[len(peers)-1].invite()))
	}
	return peers
}

// start runs crdtd on the peer's directory and waits until it is ready.
func (p *peer) start(args ...string) {
	p.t.Helper()
	if err := p.tryStart(args...); err != nil {
		p.t.Fatal(err)
	}
}

// tryStart is start for processes that may refuse.
func (p *peer) tryStart(args ...string) error {
	line := slices.Concat(p.prefix, []string{cmp.Or(p.bin, program.crdtd),
		"--name", p.name, "--data-dir", p.dir, "--http", "127.0.0.1:0", "--log-level", "info",
		"--listen", fmt.Sprintf("/ip4/%s/tcp/%d", p.listen, p.port)}, args)
	if !p.mdns {
		line = append(line, "--no-mdns")
	}
	return p.run(exec.Command(line[0], line[1:]...))
}

// run starts a command that becomes crdtd, and waits for its ready line.
func (p *peer) run(cmd *exec.Cmd) error {
	p.log, p.done = &logBuffer{}, make(chan struct{})
	cmd.Env = append(cleanEnv(), "HOME="+p.dir, "XDG_STATE_HOME="+p.dir)
	cmd.Stderr = p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd = cmd
	p.t.Cleanup(func() { p.end(cmd) })
	ready := make(chan string, 1)
	done := p.done
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		ready <- line
		io.Copy(p.log, r)
		cmd.Wait()
		close(done)
	}()
	select {
	case line := <-ready:
		if p.id, p.http, err = process.ParseReady(line); err != nil {
			p.kill()
			return fmt.Errorf("%s: %w\n%s", p.name, err, p.log.tail())
		}
		return nil
	case <-patience.Of(p.t).Done():
		p.kill()
		return fmt.Errorf("%s: no ready line\n%s", p.name, p.log.tail())
	}
}

// running reports whether the process of the present life has not ended.
func (p *peer) running() bool {
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

// stop ends the peer as an operator does; it must exit 0.
func (p *peer) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-patience.Of(p.t).Done():
		p.kill()
		p.t.Fatalf("%s: still running after SIGTERM\n%s", p.name, p.log.tail())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("%s: exit %d after SIGTERM\n%s", p.name, code, p.log.tail())
	}
	p.checkLog()
}

// kill ends the process as a power cut does.
func (p *peer) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *peer) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("%s: %v: %v", p.name, s, err)
	}
}

// restart starts the peer again on what it left, without the arguments of its
// first life: who it has joined is known to it.
func (p *peer) restart() {
	p.t.Helper()
	p.start()
}

// end is the last thing of a test for each process that it started.
func (p *peer) end(cmd *exec.Cmd) {
	if p.cmd == cmd && p.running() {
		p.signal(syscall.SIGCONT)
		p.stop()
	}
	if p.cmd == cmd && p.t.Failed() {
		p.t.Logf("log of %s ends:\n%s", p.name, p.log.tail())
	}
}

// checkLog fails the test for what no process may ever say.
func (p *peer) checkLog() {
	for _, bad := range []string{"panic:", "DATA RACE", "fatal error:", "goroutine leak"} {
		if strings.Contains(p.log.String(), bad) {
			p.t.Errorf("%s: %q in the log\n%s", p.name, bad, p.log)
		}
	}
}

// cleanEnv is the environment without settings of either program.
func cleanEnv() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CRDTD_") && !strings.HasPrefix(e, "CRDTCTL_") {
			env = append(env, e)
		}
	}
	return env
}

var lastPort atomic.Int64

func init() { lastPort.Store(20000 + rand.Int64N(6000)) }

// freePort is a TCP port below the range from which the system serves
// outgoing connections, so that a peer gets it again after a restart. The UDP
// port of that number is kept until the test is over: who else takes ports for
// peers, as integration/process does, leaves this one alone.
func freePort(t testing.TB) int {
	for range 1000 {
		port := int(lastPort.Add(1))
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		claim, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			t.Cleanup(func() { claim.Close() })
			return port
		}
		claim.Close()
	}
	t.Fatal("no free port")
	return 0
}

// logBuffer keeps what a process says.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// tail is the end of the log, short enough to read.
func (l *logBuffer) tail() string {
	s := l.String()
	if len(s) > 6000 {
		s = "…" + s[len(s)-6000:]
	}
	return s
}
