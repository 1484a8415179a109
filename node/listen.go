package node

import (
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
)

// listenFile keeps, in the directory of a node, which port it got for each
// listen address that left the port to the system. It asks for the same one
// again, so that peers that know each other by address alone find each other
// even when all of them were restarted at once.
const listenFile = "listen.json"

// endpoint is a listen address in its parts, like /ip4/0.0.0.0/udp/0/quic-v1.
type endpoint struct {
	family, ip, transport, port, rest string
}

// parseEndpoint reads an address; a peer id at its end does not count. It is
// false for those of another form, which are left as they are.
func parseEndpoint(addr string) (e endpoint, ok bool) {
	if at := strings.LastIndex(addr, "/p2p/"); at >= 0 {
		addr = addr[:at]
	}
	f := strings.SplitN(addr, "/", 6)
	if len(f) < 5 || f[0] != "" || f[1] != "ip4" && f[1] != "ip6" || f[3] != "tcp" && f[3] != "udp" {
		return endpoint{}, false
	}
	e = endpoint{family: f[1], ip: f[2], transport: f[3], port: f[4]}
	if len(f) == 6 {
		e.rest = "/" + f[5]
	}
	return e, true
}

func (e endpoint) String() string {
	return "/" + strings.Join([]string{e.family, e.ip, e.transport, e.port}, "/") + e.rest
}

// free tells whether nobody listens there.
func (e endpoint) free() bool {
	address := net.JoinHostPort(e.ip, e.port)
	var open interface{ Close() error }
	var err error
	if e.transport == "tcp" {
		open, err = net.Listen("tcp"+e.family[2:], address)
	} else {
		open, err = net.ListenPacket("udp"+e.family[2:], address)
	}
	return err == nil && open.Close() == nil
}

// again puts the ports of the last time into the listen addresses that ask for
// any, where they are free.
func again(asked []string, ports map[string]string) []string {
	out := slices.Clone(asked)
	for i, a := range asked {
		e, ok := parseEndpoint(a)
		if port := ports[a]; ok && e.port == "0" && port != "" {
			if e.port = port; e.free() {
				out[i] = e.String()
			}
		}
	}
	return out
}

// got tells which ports the addresses got that asked for any: actual are those
// at which the node can be reached.
func got(asked, actual []string) map[string]string {
	ports := map[string]string{}
	for _, a := range asked {
		want, ok := parseEndpoint(a)
		if !ok || want.port != "0" {
			continue
		}
		for _, b := range actual {
			e, ok := parseEndpoint(b)
			ip := net.ParseIP(want.ip)
			if ok && e.family == want.family && e.transport == want.transport && e.rest == want.rest && (e.ip == want.ip || ip != nil && ip.IsUnspecified()) {
				ports[a] = e.port
				break
			}
		}
	}
	return ports
}

// loadPorts reads the ports of the last time; none is no error.
func loadPorts(dir string) (ports map[string]string, err error) {
	if dir == "" {
		return nil, nil
	}
	if err := loadSmall(filepath.Join(dir, listenFile), &ports); err != nil {
		return nil, fmt.Errorf("listen ports: %w", err)
	}
	return ports, nil
}

// savePorts keeps ports, if they are others than before.
func savePorts(dir string, before, ports map[string]string) error {
	if dir == "" || len(ports) == 0 || maps.Equal(before, ports) {
		return nil
	}
	if err := saveSmall(filepath.Join(dir, listenFile), ports); err != nil {
		return fmt.Errorf("listen ports: %w", err)
	}
	return nil
}
