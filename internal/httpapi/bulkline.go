package httpapi

import (
	"fmt"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// bulkLine is one line of a bulk request, or why it is not one.
type bulkLine struct {
	number          int
	collection, key string
	body            []byte
	kind            writeKind
	ops             []crdt.Op
	options         node.PutOptions
	err             error
}

// writeKind is what a bulk line does.
type writeKind int

const (
	writePut writeKind = iota
	writeMerge
	writeJSONPatch
	writeOps
	writeDelete
)

// parseBulkLine reads a line; collection is for lines that name none.
func parseBulkLine(text []byte, number int, collection string) bulkLine {
	l := bulkLine{number: number, collection: collection}
	var asked contract.BulkLine
	if l.err = decodeStrict(text, &asked); l.err != nil {
		return l
	}
	l.key = string(asked.Key)
	if asked.Collection != "" {
		l.collection = string(asked.Collection)
	}
	if l.err = crdt.CheckCollection(l.collection); l.err != nil {
		return l
	}
	if l.err = crdt.CheckKey(l.key); l.err != nil {
		return l
	}
	l.err = l.take(asked)
	return l
}

// take reads what the line does, and its preconditions.
func (l *bulkLine) take(asked contract.BulkLine) error {
	given := 0
	if asked.Doc != nil {
		l.kind, l.body = writePut, asked.Doc
		given++
	}
	if asked.Merge != nil {
		l.kind, l.body = writeMerge, asked.Merge
		given++
	}
	if asked.JSONPatch != nil {
		l.kind, l.body = writeJSONPatch, asked.JSONPatch
		given++
	}
	if asked.Ops != nil {
		l.kind, l.body = writeOps, asked.Ops
		given++
	}
	if asked.Delete {
		l.kind = writeDelete
		given++
	}
	if given != 1 {
		return badRequest("a line has exactly one of doc, merge, jsonPatch, ops and delete")
	}
	if err := l.takeOps(asked); err != nil {
		return err
	}
	return l.takeConditions(asked)
}

// takeOps reads the operations of a line that has some.
func (l *bulkLine) takeOps(asked contract.BulkLine) (err error) {
	utf16, err := parseUnits("units", asked.Units)
	switch {
	case err != nil:
		return err
	case l.kind == writeOps:
		l.ops, err = parseOps(asked.Ops, utf16)
		return err
	case asked.Units != "":
		return badRequest("units is for ops")
	}
	return nil
}

// takeConditions reads the preconditions and the base.
func (l *bulkLine) takeConditions(asked contract.BulkLine) (err error) {
	l.options.IfAbsent = asked.IfAbsent
	if asked.IfVersion != "" {
		if l.options.IfVersion, err = cid.Decode(asked.IfVersion); err != nil {
			return fmt.Errorf("ifVersion: %w", &node.VersionError{Collection: l.collection, Key: l.key, Want: asked.IfVersion, Have: "another"})
		}
	}
	switch {
	case asked.Base == "":
		return nil
	case l.kind != writePut:
		return badRequest("base is for doc")
	case asked.IfAbsent:
		return badRequest("base and ifAbsent exclude one another")
	}
	l.options.Base, err = parseVersion("base", asked.Base)
	return err
}

// checkDocument parses the body, so that a bad one is known before anything
// of the lines behind it is written.
func (l *bulkLine) checkDocument() error {
	var err error
	switch l.kind {
	case writePut, writeMerge:
		_, err = crdt.ParseJSON(l.body)
	case writeJSONPatch:
		_, err = crdt.ParseJSONPatch(l.body)
	}
	return err
}

// plain reports whether the line is a put without preconditions: what PutAll
// takes.
func (l *bulkLine) plain() bool {
	return l.err == nil && l.kind == writePut && l.options == node.PutOptions{}
}

// result is the answer to the line.
func (l *bulkLine) result(written node.Written, err error) contract.BulkResult {
	out := contract.BulkResult{Line: l.number, Collection: l.collection, Key: l.key}
	if err != nil {
		out.Error = problemOf(err)
		return out
	}
	out.Created, out.Changed = written.Created, written.Changed
	if written.Document != nil {
		version := written.Document.Version().String()
		out.Version = &version
	}
	return out
}
