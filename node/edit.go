package node

import "github.com/crdtstore/crdtstore/crdt"

// edit turns a document, which may be absent, into another one; it reports
// whether anything changed.
type edit = func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error)

// patchEdit applies an RFC 7396 merge patch.
func patchEdit(patch []byte) (edit, error) {
	p, err := crdt.ParseJSON(patch)
	if err != nil {
		return nil, err
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.MergePatch(w, p) }, nil
}

// jsonPatchEdit applies an RFC 6902 patch.
func jsonPatchEdit(patch []byte) (edit, error) {
	p, err := crdt.ParseJSONPatch(patch)
	if err != nil {
		return nil, err
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.JSONPatch(w, p) }, nil
}

// opsEdit applies typed operations.
func opsEdit(ops []crdt.Op) edit {
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Apply(w, ops) }
}

// deleteEdit removes the document; removing nothing changes nothing.
func deleteEdit(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Delete(w) }
