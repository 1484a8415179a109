package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/node"
)

func (p *process) client() *client.Client {
	p.t.Helper()
	c, err := client.New(p.url, "")
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// TestServesWithNoFlags: what it is told comes from the environment of a
// machine: the state directory, and here a port that is free.
func TestServesWithNoFlags(t *testing.T) {
	env := []string{"CRDTD_HTTP=127.0.0.1:0", "CRDTD_NO_MDNS=true", "CRDTD_LISTEN=/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1"}
	p := start(t, env)
	if filepath.Base(p.data) != "crdtstore" || filepath.Base(filepath.Dir(p.data)) != "state" {
		t.Errorf("data directory %s", p.data)
	}
	status, err := p.client().Status(t.Context())
	if err != nil || status.Peer != p.peer || status.Data != p.data || status.Durability != "fsync" {
		t.Errorf("status: %+v %v", status, err)
	}
	tcp, quic := false, false
	for _, a := range status.Addrs {
		tcp, quic = tcp || strings.Contains(a, "/tcp/"), quic || strings.Contains(a, "/quic-v1")
	}
	if !tcp || !quic {
		t.Errorf("addresses: %v", status.Addrs)
	}
	p.stop()
	if strings.Contains(p.stderr.String(), "ERROR") {
		t.Error(p.stderr)
	}
}

// TestStopsAndGoesOn: SIGTERM ends it with 0 while a client watches, and what
// was written is there when it starts again, as the same peer.
func TestStopsAndGoesOn(t *testing.T) {
	args := with(quiet, "--http", "127.0.0.1:0", "--data-dir", t.TempDir()+"/a b", "--name", "x y")
	p := start(t, nil, args...)
	if p.name != `"x y"` {
		t.Errorf("name %s", p.name)
	}
	first, err := p.client().Put(t.Context(), "c", "k", []byte(`{"n":1}`), client.Conditions{})
	if err != nil {
		t.Fatal(err)
	}
	watching, err := http.Get(p.url + "/v1/changes")
	if err != nil {
		t.Fatal(err)
	}
	defer watching.Body.Close()
	p.stop()
	again := start(t, nil, args...)
	got, err := again.client().Get(t.Context(), "c", "k", client.ReadOptions{})
	if err != nil || got.Version != first.Version || again.peer != p.peer {
		t.Errorf("after a restart: %+v %v, peer %s, before %s", got, err, again.peer, p.peer)
	}
	dir := strings.Trim(again.data, `"`)
	info, err := os.Stat(filepath.Join(dir, config.TokenFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("token file: %v %v", info, err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	p := start(t, nil, with(quiet, "--http", "127.0.0.1:0", "--data-dir", dir)...)
	got := fails(t, 1, nil, with(quiet, "--http", "127.0.0.1:0", "--data-dir", dir)...)
	wantAll(t, got, fmt.Sprint(p.command.Process.Pid), "hint: ")
	got = fails(t, 1, nil, with(quiet, "--http", strings.TrimPrefix(p.client().URL(), "http://"), "--data-dir", t.TempDir())...)
	wantAll(t, got, "address already in use", "hint: another program has this port")
	if _, err := p.client().Status(t.Context()); err != nil {
		t.Errorf("the first: %v", err)
	}
}

// TestBadScopeNamesTheFlag: not the field of a Go struct.
func TestBadScopeNamesTheFlag(t *testing.T) {
	got := fails(t, 2, nil, with(quiet, "--http", "127.0.0.1:0", "--data-dir", t.TempDir(), "--collections", "a/")...)
	wantAll(t, got, "--collections: not a scope", `"a/" has nothing behind the slash`)
}

// TestOffLoopback: without TLS it refuses and says why; with TLS everything
// needs the token, and the certificate says which names the node has.
func TestOffLoopback(t *testing.T) {
	dir := t.TempDir()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		wantAll(t, fails(t, 2, nil, with(quiet, "--data-dir", dir, "--http", addr)...), "refusing to serve HTTP off loopback", "--tls-cert", "bearer token")
	}
	if _, err := os.Stat(filepath.Join(dir, config.TokenFile)); err == nil {
		t.Error("a node that was refused has made a token")
	}
	cert, key, pool := certificate(t, "node.example")
	wantAll(t, fails(t, 2, nil, with(quiet, "--data-dir", dir, "--http", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", cert)...), "--tls-cert, --tls-key: ")
	p := start(t, nil, with(quiet, "--data-dir", dir, "--http", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)...)
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Errorf("url %s", p.url)
	}
	token, err := config.ReadToken(filepath.Join(dir, config.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "node.example"}}}
	for _, c := range []struct {
		host, token string
		status      int
	}{
		{"node.example", token, 200}, {"127.0.0.1", token, 200}, {"evil.example", token, 403},
		{"node.example", "", 401}, {"127.0.0.1", "wrong", 401},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+"/v1/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("host %s, token %q: %d, want %d", c.host, c.token, answer.StatusCode, c.status)
		}
	}
}

// certificate makes a self-signed one for host and 127.0.0.1.
func certificate(t *testing.T, host string) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(certPEM)
	certFile, keyFile = t.TempDir()+"/cert.pem", t.TempDir()+"/key.pem"
	for file, content := range map[string][]byte{certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, pool
}

// TestFlagBeforeEnvironmentBeforeFile with the real program.
func TestFlagBeforeEnvironmentBeforeFile(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/crdtd.toml"
	settings := "name = \"file\"\ndurability = \"relaxed\"\nlog-format = \"json\"\nhttp = \"127.0.0.1:0\"\nno-mdns = true\nlisten = [\"/ip4/127.0.0.1/tcp/0\"]\n"
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"CRDTD_NAME=environment", "CRDTD_CONFIG=" + file, "CRDTD_DATA_DIR=" + dir + "/env"}, "--data-dir", dir+"/flag")
	status, err := p.client().Status(t.Context())
	if err != nil || status.Name != "environment" || status.Durability != "relaxed" || status.Data != dir+"/flag" {
		t.Errorf("status: %+v %v", status, err)
	}
	p.stop()
	for line := range bytes.Lines(p.stderr.Bytes()) {
		if !json.Valid(line) {
			t.Errorf("a line of the log that is not JSON: %s", line)
		}
	}
}

// TestOpenErrorNamesTheFlag: what is wrong with an option of the node is said of the flag that sets it.
func TestOpenErrorNamesTheFlag(t *testing.T) {
	for field, want := range map[string]string{"EncryptionKey": "--encryption-key-file: bad", "Sessions": "--sessions: bad"} {
		if err := openError(&node.OptionError{Field: field, Err: errors.New("bad")}); err.Error() != want {
			t.Errorf("%s: %q, want %q", field, err, want)
		}
	}
}
