package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// backup streams a backup.
func (s *Server) backup(w http.ResponseWriter, r *request) error {
	o, err := s.archiveOptions(w, r)
	if err != nil {
		return err
	}
	if o.For != "" {
		return badRequest("a backup is for this node: for is of bundles")
	}
	out := &archiveWriter{answer: w}
	_, err = s.node.Backup(r.Context(), out, o)
	return out.end(err)
}

// exportBundle streams a bundle.
func (s *Server) exportBundle(w http.ResponseWriter, r *request) error {
	o, err := s.archiveOptions(w, r)
	if err != nil {
		return err
	}
	if o.Identity {
		return badRequest("a bundle is for others: identity is of backups")
	}
	if o.For != "" && o.Since != "" {
		return badRequest("for and since are not given together")
	}
	out := &archiveWriter{answer: w}
	_, err = s.node.ExportBundle(r.Context(), out, o)
	return out.end(err)
}

func (s *Server) archiveOptions(w http.ResponseWriter, r *request) (o node.ArchiveOptions, err error) {
	body, err := s.body(w, r)
	if err != nil {
		return o, err
	}
	var asked contract.ArchiveRequest
	if len(body) > 0 {
		if err := decodeStrict(body, &asked); err != nil {
			return o, err
		}
	}
	return node.ArchiveOptions{Since: asked.Since, For: asked.For, Identity: asked.Identity}, nil
}

// archiveWriter begins the answer with the first byte: what fails before is a
// problem, what fails behind it breaks the answer off.
type archiveWriter struct {
	answer http.ResponseWriter
	stream *stream
}

// Write sends bytes on, in parts of the size of a buffer.
func (a *archiveWriter) Write(b []byte) (int, error) {
	if a.stream == nil {
		a.stream = newStream(a.answer, contract.TypeArchive)
	}
	return len(b), a.stream.text(b)
}

// end sends what is left; of a broken one too, since it ends with the reason.
func (a *archiveWriter) end(err error) error {
	if a.stream == nil {
		return err
	}
	return errors.Join(err, a.stream.flush())
}

// getKnown answers what the node knows.
func (s *Server) getKnown(w http.ResponseWriter, r *request) error {
	known, err := s.node.Known(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, contract.Known{Known: known})
}

// importBundle keeps a bundle in a file until it has arrived, since all of it is
// verified before any of it is merged.
func (s *Server) importBundle(w http.ResponseWriter, r *request) (err error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != contract.TypeArchive {
		return contract.NewProblem(contract.CodeMediaType, "send "+contract.TypeArchive, "")
	}
	f, err := os.CreateTemp(s.node.Dir(), ".bundle-*") // 0600; of a node in memory, among temporary files
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := io.Copy(f, s.patient(w, r)); err != nil {
		return s.brokenBody(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	got, err := s.node.ImportBundle(r.Context(), f)
	if err != nil {
		return err
	}
	out := contract.ImportReport{
		Collections: int(got.Collections), Documents: int(got.Documents), Removed: int(got.Removed), Changed: int(got.Changed),
		Refused: []contract.ImportRefusal{},
	}
	for _, x := range got.Refused {
		out.Refused = append(out.Refused, contract.ImportRefusal(x))
	}
	return writeJSON(w, out)
}

// patient reads a body of any length, of which each part has to arrive in
// time.
func (s *Server) patient(w http.ResponseWriter, r *request) io.Reader {
	return patientReader{r.Body, http.NewResponseController(w), s.options.BodyTime}
}

type patientReader struct {
	r       io.Reader
	control *http.ResponseController
	limit   time.Duration
}

// Read reads what comes within the limit.
func (p patientReader) Read(b []byte) (int, error) {
	// A connection without deadlines (in tests) is read without one.
	_ = p.control.SetReadDeadline(time.Now().Add(p.limit))
	defer func() { _ = p.control.SetReadDeadline(time.Time{}) }()
	return p.r.Read(b)
}
