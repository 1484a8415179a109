package integration

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBehindRouters puts two peers behind routers that translate addresses, so
// that neither can be dialled, and lets each keep one session. What one of them
// writes goes to the other through the peer that both can dial.
func TestBehindRouters(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("routers that translate addresses need nft (apt-get install nftables)")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("network namespaces need ip (apt-get install iproute2)")
	}
	open := namespaced(t, "open", "10.78.0.1")
	outside := open.prefix[3]
	ip(t, "-n", outside, "link", "add", "outside", "type", "bridge")
	ip(t, "-n", outside, "addr", "add", "10.78.0.1/24", "dev", "outside")
	ip(t, "-n", outside, "link", "set", "outside", "up")
	ip(t, "-n", outside, "link", "set", "lo", "up")
	a := behindRouter(t, outside, "left", "10.78.0.11", "10.78.1")
	b := behindRouter(t, outside, "right", "10.78.0.12", "10.78.2")
	open.start()
	a.start("--join", open.invite(), "--sessions", "1")
	b.start("--join", open.invite(), "--sessions", "1")
	a.ctl("put", "c/x", `{"from":"a"}`)
	b.sees("c/x", `{"from":"a"}`)
	b.ctl("put", "c/y", `{"from":"b"}`)
	a.sees("c/y", `{"from":"b"}`)
	open.stop()
	a.ctl("put", "c/x", `{"from":"a","offline":true}`)
	open.start()
	b.sees("c/x", `{"from":"a","offline":true}`)
	if ra, rb := a.rootByCtl("c"), b.rootByCtl("c"); ra != rb {
		t.Errorf("roots %s and %s", ra, rb)
	}
}

// behindRouter is a peer on a network of its own, whose router has the address
// outer on the network of the namespace outside and translates addresses.
func behindRouter(t *testing.T, outside, name, outer, inner string) *peer {
	p := namespaced(t, name, inner+".2")
	router := namespaced(t, "router-"+name, outer).prefix[3]
	space := p.prefix[3]
	ip(t, "link", "add", "out", "netns", router, "type", "veth", "peer", "name", "to-"+name, "netns", outside)
	ip(t, "link", "add", "in", "netns", router, "type", "veth", "peer", "name", "v0", "netns", space)
	ip(t, "-n", outside, "link", "set", "to-"+name, "master", "outside", "up")
	for _, w := range []struct{ space, device, addr string }{{router, "out", outer}, {router, "in", inner + ".1"}, {space, "v0", inner + ".2"}} {
		ip(t, "-n", w.space, "addr", "add", w.addr+"/24", "dev", w.device)
		ip(t, "-n", w.space, "link", "set", w.device, "up")
	}
	ip(t, "-n", space, "link", "set", "lo", "up")
	ip(t, "-n", space, "route", "add", "default", "via", inner+".1")
	in := []string{"netns", "exec", router}
	forward := append(in, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
	if out, err := exec.Command("ip", forward...).CombinedOutput(); err != nil {
		t.Skipf("nothing is forwarded here: %v: %s", err, strings.TrimSpace(string(out)))
	}
	rules := `add table ip nat; add chain ip nat post { type nat hook postrouting priority 100 ; }; add rule ip nat post oifname "out" masquerade`
	if out, err := exec.Command("ip", append(in, "nft", rules)...).CombinedOutput(); err != nil {
		t.Skipf("addresses are not translated here: %v: %s", err, strings.TrimSpace(string(out)))
	}
	return p
}
