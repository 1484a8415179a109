package libp2p

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
)

// inNamespace is set in the processes that the mDNS test starts.
const inNamespace = "CRDTSTORE_TEST_MDNS_IDENTITY"

// TestMDNS: in two network namespaces with a cable between them live two
// meshes, one peer of each at either end. None knows an address. The peers of
// a mesh find each other, and do not even meet the others.
func TestMDNS(t *testing.T) {
	if identity := os.Getenv(inNamespace); identity != "" {
		runInNamespace(t, identity)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs ip of iproute2")
	}
	spaces := [2]string{fmt.Sprintf("crdt-a-%d", os.Getpid()), fmt.Sprintf("crdt-b-%d", os.Getpid())}
	cable(t, spaces)
	limit := patience.Of(t)
	var found [4]chan string
	for i := range found {
		found[i] = inside(t, spaces[i%2], i)
	}
	for i, ch := range found {
		select {
		case peer := <-ch:
			if want := id(t, i^1); peer != want {
				t.Errorf("peer %d found %s, want %s", i, peer, want)
			}
		case <-limit.Done():
			t.Fatalf("peer %d found nobody", i)
		}
	}
	for i, ch := range found {
		select {
		case peer := <-ch:
			t.Errorf("peer %d also met %s", i, peer)
		default:
		}
	}
}

// cable makes two namespaces and joins them.
func cable(t *testing.T, spaces [2]string) {
	t.Helper()
	ip := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	ends := [2]string{"crdt0", "crdt1"}
	for _, space := range spaces {
		if err := ip("netns", "add", space); err != nil {
			t.Skipf("cannot make network namespaces: %v", err)
		}
		t.Cleanup(func() {
			if err := ip("netns", "delete", space); err != nil {
				t.Error(err)
			}
		})
	}
	if err := ip("-n", spaces[0], "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", spaces[1]); err != nil {
		t.Skipf("cannot make a cable: %v", err)
	}
	for i, space := range spaces {
		for _, args := range [][]string{
			{"address", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", ends[i]},
			{"link", "set", ends[i], "up"},
			{"link", "set", "lo", "up"},
			{"route", "add", "224.0.0.0/4", "dev", ends[i]},
		} {
			if err := ip(append([]string{"-n", space}, args...)...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// inside runs this test in a namespace as one peer, and passes on whom it finds
// until the test is over.
func inside(t *testing.T, space string, identity int) chan string {
	t.Helper()
	cmd := exec.Command("ip", "netns", "exec", space, os.Args[0], "-test.run=^TestMDNS$", "-test.timeout=0") // it ends with its standard input
	cmd.Env = append(os.Environ(), inNamespace+"="+strconv.Itoa(identity))
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if peer, ok := strings.CutPrefix(lines.Text(), "found "); ok {
				found <- peer
			}
		}
	}()
	t.Cleanup(func() {
		stop.Close()
		<-done
		if err := cmd.Wait(); err != nil {
			t.Errorf("peer %d: %v", identity, err)
		}
	})
	return found
}

// runInNamespace is one peer; it ends with its standard input. The first two are
// of one mesh, the others of another.
func runInNamespace(t *testing.T, text string) {
	identity, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Start(Options{Key: key(identity), Secret: [p2p.SecretSize]byte{byte(1 + identity/2)}})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for e := range n.Events() {
			if e.Kind != p2p.Learned && e.Kind != p2p.Heard {
				fmt.Println("found", e.Peer)
			}
			if e.Kind == p2p.Up {
				go e.Conn.Receive(t.Context())
			}
		}
	}()
	bufio.NewReader(os.Stdin).ReadString('\n')
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}
