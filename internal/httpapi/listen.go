package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ErrExposed is returned when a port would be open to other machines without
// what makes that safe.
var ErrExposed = errors.New("refusing to serve HTTP off loopback")

// Listener is an open port, and what is known of it.
type Listener struct {
	net.Listener
	// Exposed: other machines can reach it. A Server on it must have the same
	// in its Options.
	Exposed bool
	// URL is how to reach it from this machine.
	URL   string
	names *x509.Certificate // the hosts that it serves besides loopback
}

// CheckExposed resolves addr (HOST:PORT), and returns ErrExposed when it is not
// on loopback and secure is false, so that nothing need be begun that would be
// refused in the end.
func CheckExposed(addr string, secure bool) (resolved *net.TCPAddr, exposed bool, err error) {
	resolved, err = net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, false, fmt.Errorf("listen for HTTP: %w", err)
	}
	if exposed = !resolved.IP.IsLoopback(); exposed && !secure {
		return nil, true, fmt.Errorf("%w: %s can be reached from other machines, so it needs TLS (--tls-cert and --tls-key) and the bearer token, which would travel in the clear otherwise; without, use --http 127.0.0.1:%d",
			ErrExposed, addr, resolved.Port)
	}
	return resolved, exposed, nil
}

// Listen opens addr (HOST:PORT; port 0 is any free one). certificate is nil
// without TLS. It returns ErrExposed, and opens nothing, when addr is not on
// loopback and there is no token or no certificate.
func Listen(addr, token string, certificate *tls.Certificate) (*Listener, error) {
	resolved, exposed, err := CheckExposed(addr, certificate != nil)
	if err != nil {
		return nil, err
	}
	if exposed && token == "" {
		return nil, fmt.Errorf("%w: %s can be reached from other machines, so it needs a bearer token (api.token in the data directory)", ErrExposed, addr)
	}
	l, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w", err)
	}
	out := &Listener{Listener: l, Exposed: exposed}
	scheme := "http"
	if certificate != nil {
		scheme, out.names = "https", certificate.Leaf
		out.Listener = tls.NewListener(l, &tls.Config{
			Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	out.URL = scheme + "://" + reachable(l.Addr().(*net.TCPAddr))
	return out, nil
}

// reachable is an address with a host that can be dialled.
func reachable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

// ServesName reports whether the listener's certificate is for host, so that
// a request with that Host header is meant for this node.
func (l *Listener) ServesName(host string) bool {
	return l.names != nil && l.names.VerifyHostname(host) == nil
}

// Serve answers requests on l with s until ctx ends; then it takes no more,
// ends the streams, and waits until what was begun is finished, at most
// Options.EndTime. Who has not sent a request to its end by then is cut; that is
// the client's failure, and no error.
func (s *Server) Serve(ctx context.Context, l *Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// OPTIONS * is asked of this node too, not of whoever is named.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l.Listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	s.EndStreams()
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.EndTime)
	defer cancel()
	err := server.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests that did not end are cut", "waited", s.options.EndTime)
		err = nil
	}
	if err := errors.Join(err, server.Close()); err != nil {
		return fmt.Errorf("finish HTTP requests: %w", err)
	}
	return nil
}
