package httpapi

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// Options say what a Server serves and to whom.
type Options struct {
	// Node answers the requests. The Server does not close it.
	Node *node.Node
	// Token is the bearer token; "" lets nobody do what needs one.
	Token string
	// Exposed: the port can be reached from other machines, so the token is
	// needed for everything but health.
	Exposed bool
	// ServesName reports whether a Host header without port may be used
	// besides the names of loopback; nil is none.
	ServesName func(host string) bool
	// Version is the program's version, as status shows it.
	Version string
	// Logger takes internal errors; nil logs nothing.
	Logger *slog.Logger
	// BodyTime is how long a client may take to send one body, or the next line
	// of a bulk request; 0 is 30 seconds.
	BodyTime time.Duration
	// EndTime is how long requests may take to end when Serve does; 0 is 10
	// seconds.
	EndTime time.Duration
	// Heartbeat is how often a quiet stream of events shows that it lives; 0
	// is 15 seconds.
	Heartbeat time.Duration
}

// Server is the HTTP side of one node.
type Server struct {
	options  Options
	node     *node.Node
	log      *slog.Logger
	metrics  *metrics
	handlers map[string]handler // by route ID
	openapi  []byte
	closing  chan struct{} // closed when streams must end
	close    sync.Once
}

// request is an HTTP request with what its path says.
type request struct {
	*http.Request
	route           contract.Route
	collection, key string
	query           url.Values // what check has found good
}

// handler answers one route. An error that it returns becomes the answer,
// unless it has begun one.
type handler func(w http.ResponseWriter, r *request) error

// New returns a Server. Its metrics live in a registry of their own.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.EndTime <= 0 {
		o.EndTime = 10 * time.Second
	}
	if o.BodyTime <= 0 {
		o.BodyTime = 30 * time.Second
	}
	s := &Server{options: o, node: o.Node, log: o.Logger, closing: make(chan struct{})}
	s.metrics = newMetrics(prometheus.NewRegistry(), o.Node)
	s.openapi = describe(o.Version)
	s.handlers = map[string]handler{
		"getDocument":        s.getDocument,
		"headDocument":       s.getDocument,
		"putDocument":        s.putDocument,
		"patchDocument":      s.patchDocument,
		"deleteDocument":     s.deleteDocument,
		"listDocuments":      s.listDocuments,
		"listCollections":    s.listCollections,
		"getRoot":            s.getRoot,
		"listConflicts":      s.listConflicts,
		"getConflicts":       s.getConflicts,
		"resolveConflict":    s.resolveConflict,
		"bulk":               s.bulk,
		"listChanges":        s.listChanges,
		"getStatus":          s.getStatus,
		"listPeers":          s.listPeers,
		"getFindings":        s.getFindings,
		"verify":             s.verify,
		"sync":               s.sync,
		"getScope":           s.getScope,
		"putScope":           s.putScope,
		"getQuarantine":      s.getQuarantine,
		"releaseQuarantined": s.releaseQuarantined,
		"dropQuarantined":    s.dropQuarantined,

		"keepQuarantined":       s.keepQuarantined,
		"releaseAllQuarantined": s.releaseAllQuarantined,
		"dropAllQuarantined":    s.dropAllQuarantined,
		"createInvite":          s.createInvite,
		"backup":                s.backup,
		"exportBundle":          s.exportBundle,
		"importBundle":          s.importBundle,
		"getKnown":              s.getKnown,
		"health":                s.health,
		"ready":                 s.ready,
		"metrics":               s.getMetrics,
		"openapi":               s.getOpenAPI,
		"landing":               s.landing,
	}
	return s
}

// EndStreams ends the streams of changes and the waits that are open, so that
// a graceful shutdown need not wait for them. What is being written is
// finished.
func (s *Server) EndStreams() { s.close.Do(func() { close(s.closing) }) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	started := time.Now()
	a := &answer{ResponseWriter: w}
	r := &request{Request: hr, route: contract.Route{ID: "none"}}
	// What a stream allowed for its last part is not for the next request.
	defer func() { _ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) }()
	defer func() { s.metrics.observe(r.route.ID, hr.Method, a.status, time.Since(started)) }()
	if err := s.serve(a, r); err != nil {
		s.fail(a, r, err)
	}
}

func (s *Server) serve(a *answer, r *request) error {
	header := a.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache")
	if err := s.guard(r.Request); err != nil {
		return err
	}
	if err := r.find(header); err != nil {
		return err
	}
	if err := s.authorize(r); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	return s.handlers[r.route.ID](a, r)
}

// find sets the route of the request, and what its path names. The path is
// taken escaped and is never cleaned.
func (r *request) find(header http.Header) error {
	var allowed []string
	path := r.URL.EscapedPath()
	for _, route := range contract.Routes {
		collection, key, ok := contract.Match(route.Pattern, path)
		if !ok {
			continue
		}
		if route.Method == r.Method {
			r.route, r.collection, r.key = route, collection, key
			return nil
		}
		allowed = append(allowed, route.Method)
	}
	if allowed == nil {
		return contract.NewProblem(contract.CodeNoRoute, "no route "+path, "")
	}
	header.Set("Allow", strings.Join(allowed, ", "))
	return contract.NewProblem(contract.CodeMethod, r.Method+" is not a method of "+path, "")
}

// check refuses bad names, and query parameters that the route does not have,
// that are malformed or given twice: what somebody asked for must not be as if
// it were not there.
func (r *request) check() error {
	if strings.Contains(r.route.Pattern, "{collection}") {
		if err := crdt.CheckCollection(r.collection); err != nil {
			return err
		}
	}
	if strings.Contains(r.route.Pattern, "{key...}") {
		if err := crdt.CheckKey(r.key); err != nil {
			return err
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // URL.Query would leave out what it cannot read
		return badRequest("malformed query: %v", err)
	}
	for name, values := range query {
		if !slices.ContainsFunc(r.route.Query, func(p contract.Parameter) bool { return p.Name == name }) {
			return badRequest("unknown query parameter %q", name)
		}
		if len(values) > 1 {
			return badRequest("query parameter %q is given %d times", name, len(values))
		}
	}
	r.query = query
	return nil
}
