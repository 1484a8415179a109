package node

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"testing"
)

func TestPortsAgain(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	busy := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := fmt.Sprint(other.Addr().(*net.TCPAddr).Port)
	other.Close()

	asked := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/77", "/dns4/x/tcp/0", "/ip6/::/tcp/0"}
	ports := got(asked, []string{
		"/ip4/10.1.2.3/udp/" + free + "/quic-v1/p2p/12D3", "/ip4/127.0.0.1/tcp/" + free + "/p2p/12D3", "/ip4/10.0.0.1/tcp/5/p2p/12D3",
	})
	if want := map[string]string{asked[0]: free, asked[1]: free}; !maps.Equal(ports, want) {
		t.Fatalf("got %v, want %v", ports, want)
	}
	want := []string{"/ip4/127.0.0.1/tcp/" + free, "/ip4/0.0.0.0/udp/" + free + "/quic-v1", asked[2], asked[3], asked[4]}
	if a := again(asked, ports); !slices.Equal(a, want) {
		t.Errorf("again %v, want %v", a, want)
	}
	ports[asked[0]] = busy // somebody else has it now
	if a := again(asked, ports); a[0] != asked[0] {
		t.Errorf("asks for a port that is taken: %v", a)
	}

	dir := t.TempDir()
	if before, err := loadPorts(dir); before != nil || err != nil {
		t.Errorf("nothing saved: %v, %v", before, err)
	}
	if err := savePorts(dir, nil, ports); err != nil {
		t.Fatal(err)
	}
	if back, err := loadPorts(dir); err != nil || !maps.Equal(back, ports) {
		t.Errorf("back: %v, %v; want %v", back, err, ports)
	}
}
