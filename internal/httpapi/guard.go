package httpapi

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// origins refuses what a page of another origin makes a browser send. It is
// safe for concurrent use and has no exceptions.
var origins = http.NewCrossOriginProtection()

// guard refuses requests that a web page of somebody else could have caused.
func (s *Server) guard(r *http.Request) error {
	host := hostname(r.Host)
	if !isLoopbackName(host) && (s.options.ServesName == nil || !s.options.ServesName(host)) {
		return contract.NewProblem(contract.CodeHost, "this node is not "+quote(r.Host), "")
	}
	if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
		return contract.NewProblem(contract.CodeOrigin, "a page of "+quote(origin)+" may not use this node", "")
	}
	// A navigation to the landing page from elsewhere is harmless, and is how
	// people follow a link; everything else is refused, reads too.
	if site := r.Header.Get("Sec-Fetch-Site"); (site == "cross-site" || site == "same-site") && r.URL.Path != "/" {
		return contract.NewProblem(contract.CodeOrigin, "a page of another origin may not use this node", "")
	}
	if err := origins.Check(r); err != nil {
		return contract.NewProblem(contract.CodeOrigin, err.Error(), "")
	}
	return nil
}

// authorize asks for the bearer token where it is needed.
func (s *Server) authorize(r *request) error {
	if r.route.Open || !s.options.Exposed && !r.route.Token {
		return nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return contract.NewProblem(contract.CodeUnauthorized, "this request needs the node's bearer token", "")
	case s.options.Token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.options.Token)) != 1:
		return contract.NewProblem(contract.CodeUnauthorized, "the bearer token is not this node's", "")
	}
	return nil
}

// hostname is a Host header without its port.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// isLoopbackName reports whether a name means this machine, whoever resolves
// it.
func isLoopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// sameOrigin compares an Origin header with the Host header of its request.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
