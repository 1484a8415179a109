package httpapi

import (
	"bytes"
	"html/template"
	"net/http"
)

// page is what a person sees who opens the node in a browser. It runs no
// script and loads nothing.
var page = template.Must(template.New("landing").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Name}} · crdtstore</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre,td{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f4f4f4;padding:1rem;overflow:auto}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1.2rem .2rem 0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#262626}a{color:#8bf}}</style>
<h1>{{.Name}}</h1>
<p>A crdtstore node, version {{.Version}}. It takes reads and writes alone, and converges with its peers.</p>
{{if .Collections}}<table><tr><th>collection<th>documents</tr>
{{range .Collections}}<tr><td><a href="/v1/docs/{{.Name}}">{{.Name}}</a><td>{{.Documents}}</tr>
{{end}}</table>{{else}}<p>It holds no documents yet:</p>
<pre>crdtctl put people/ann '{"name":"Ann"}'</pre>{{end}}
{{if .Peers}}<table><tr><th>peer<th>state<th>why</tr>
{{range .Peers}}<tr><td>{{if .Name}}{{.Name}}{{else}}{{.Peer}}{{end}}<td>{{.State}}<td>{{.Why}}</tr>
{{end}}</table>{{else}}<p>It knows no peers. An invite makes another node a member:</p>
<pre>crdtd --join "$(crdtctl invite)"</pre>{{end}}
<p><a href="/v1/status">status</a> · <a href="/openapi.json">routes</a> · <a href="/metrics">metrics</a></p>
</html>
`))

// landing answers a page for people. There is no console yet.
func (s *Server) landing(w http.ResponseWriter, r *request) error {
	got, err := s.node.Status(r.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, s.statusOf(got)); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	writeBody(w, http.StatusOK, "text/html; charset=utf-8", b.Bytes())
	return nil
}
