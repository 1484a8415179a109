package httpapi

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// defaultWait is how long a request waits for what its session has seen, and
// for acks, where it does not say.
const defaultWait = 5 * time.Second

// guarantee is what a request for documents asks for besides them: that the node
// has seen all that the client has, and that peers have what it writes.
type guarantee struct {
	session *node.ClientSession
	acks    int
	timeout time.Duration
	wait    context.Context // ends when the client has waited long enough
	cancel  context.CancelFunc
}

// guarantee reads what a request asks for; cancel must be called.
func (s *Server) guarantee(r *request) (g guarantee, err error) {
	var token node.SessionToken
	switch lines, given := r.Header[contract.HeaderToken]; {
	case given && len(lines) != 1:
		return g, badRequest("%s is given %d times", contract.HeaderToken, len(lines))
	case given:
		if token, err = node.ParseSessionToken(lines[0]); err != nil {
			return g, err
		}
	}
	if g.acks, err = r.count("acks", 0); err != nil || g.acks > contract.MaxAcks {
		return g, badRequest("acks=%s: want a number from 1 to %d", quote(r.parameter("acks")), contract.MaxAcks)
	}
	timeout, limited, err := r.duration("timeout")
	if err != nil {
		return g, err
	}
	if !limited {
		timeout = defaultWait
	}
	g.session, g.timeout = s.node.ClientSession(token), timeout
	g.wait, g.cancel = s.waiting(r.Context(), timeout, true)
	return g, nil
}

// show puts the token that the client sends next into the header.
func (g guarantee) show(header http.Header) {
	header.Set(contract.HeaderToken, g.session.Token().String())
}

// write writes a document in the session, and waits for the peers that must have
// it. What is done to the document is not given up when the waiting is.
func (g guarantee) write(w http.ResponseWriter, r *request, do func(*node.Collection) (node.Written, error)) (node.Written, error) {
	if g.acks > 0 && g.session.Node().PeerID() == "" {
		return node.Written{}, node.ErrNoNetwork
	}
	written, err := g.session.Write(g.wait, r.collection, r.key, do)
	g.show(w.Header())
	if err != nil || g.acks == 0 {
		return written, err
	}
	if written.Document != nil {
		showState(w.Header(), written.Document)
	}
	acked, err := g.session.Node().Acked(g.wait, written, g.acks)
	if err == nil {
		w.Header().Set(contract.HeaderAcks, strconv.Itoa(acked))
	}
	return written, err
}

// conflicts are those of the document, which the session has seen by then.
func (g guarantee) conflicts(w http.ResponseWriter, r *request) (node.ConflictView, error) {
	v, err := g.session.Node().Collection(r.collection).ConflictsOf(r.Context(), r.key)
	if err != nil {
		return v, err
	}
	// What is read of it now is as new as that, or newer.
	if _, err = g.session.Get(r.Context(), r.collection, r.key); errors.Is(err, node.ErrNotFound) {
		err = nil
	}
	g.show(w.Header())
	return v, err
}

// list lists documents in the session. The header says which token comes next
// before the first is yielded: all that is listed is seen by then.
func (g guarantee) list(w http.ResponseWriter, r *request, o node.ListOptions) iter.Seq2[*node.Document, error] {
	return func(yield func(*node.Document, error) bool) {
		first := true
		for d, err := range g.session.AllWithin(r.Context(), g.wait, r.collection, o) {
			if first {
				g.show(w.Header())
				first = false
			}
			if !yield(d, err) {
				return
			}
		}
		if first {
			g.show(w.Header())
		}
	}
}
