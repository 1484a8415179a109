package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// meanings is the one table from the errors of the layers below to codes. The
// first that matches counts.
var meanings = []struct {
	err  error
	code contract.Code
}{
	{node.ErrNotReleased, contract.CodeNotReleased},
	{node.ErrQuarantined, contract.CodeQuarantined},
	{node.ErrQuarantineFull, contract.CodeQuarantineFull},
	{node.ErrNotFound, contract.CodeNotFound},
	{node.ErrNoCollection, contract.CodeNoCollection},
	{node.ErrVersion, contract.CodeVersion},
	{node.ErrBaseGone, contract.CodeBaseGone},
	{node.ErrUnseen, contract.CodeUnseen},
	{node.ErrBaseUse, contract.CodeBadRequest},
	{node.ErrOtherCollection, contract.CodeOtherCollection},
	{node.ErrTooLarge, contract.CodeTooLarge},
	{node.ErrToken, contract.CodeInvalidToken},
	{node.ErrSessionToken, contract.CodeInvalidToken},
	{node.ErrSession, contract.CodeSession},
	{node.ErrAcks, contract.CodeAcks},
	{node.ErrAckCount, contract.CodeBadRequest},
	{node.ErrCollections, contract.CodeCollections},
	{node.ErrGap, contract.CodeGap},
	{node.ErrClosed, contract.CodeClosed},
	{node.ErrStore, contract.CodeStore},
	{node.ErrSpace, contract.CodeSpace},
	{node.ErrOutOfScope, contract.CodeOutOfScope},
	{node.ErrScope, contract.CodeInvalidScope},
	{node.ErrUnsent, contract.CodeUnsent},
	{node.ErrNoNetwork, contract.CodeNoNetwork},
	{node.ErrForeign, contract.CodeForeign},
	{node.ErrMissing, contract.CodeMissing},
	{node.ErrNewerArchive, contract.CodeNewerArchive},
	{node.ErrArchive, contract.CodeArchive},
	{node.ErrKnown, contract.CodeInvalidToken},
	{node.ErrUnknownPeer, contract.CodeUnknownPeer},
	{node.ErrNotConverged, contract.CodeNotConverged},
	{crdt.ErrKey, contract.CodeInvalidKey},
	{crdt.ErrCollection, contract.CodeInvalidName},
	{crdt.ErrPointer, contract.CodeInvalidPath},
	{crdt.ErrNoValue, contract.CodeNoPath}, // of an edit; what a read does not find is ErrNotFound
	{crdt.ErrTest, contract.CodeTest},
	{crdt.ErrNoConflict, contract.CodeNotFound},
	{crdt.ErrUnseen, contract.CodeUnseen},
	{crdt.ErrCandidate, contract.CodeCandidate},
	{crdt.ErrJSON, contract.CodeInvalidJSON},
	{crdt.ErrDuplicate, contract.CodeInvalidDocument},
	{crdt.ErrDepth, contract.CodeInvalidDocument},
	{crdt.ErrNumber, contract.CodeInvalidDocument},
	{crdt.ErrTag, contract.CodeInvalidDocument},
	{crdt.ErrTooLarge, contract.CodeTooLarge},
	{crdt.ErrPosition, contract.CodePosition},
	{crdt.ErrSurrogate, contract.CodeSurrogate},
	{crdt.ErrKind, contract.CodeWrongType},
	{crdt.ErrOverflow, contract.CodeOverflow},
	{crdt.ErrOperation, contract.CodeOperation},
	{node.ErrNotQuarantined, contract.CodeNotQuarantined},
	{context.DeadlineExceeded, contract.CodeTimeout},
	{context.Canceled, contract.CodeClosed}, // the server ends while a client waits; one that is gone reads no answer
}

// problemOf is the problem that err is: itself, or what the table says.
func problemOf(err error) *contract.Problem {
	var p *contract.Problem
	if errors.As(err, &p) {
		return p
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return contract.NewProblem(contract.CodeTooLarge, fmt.Sprintf("the body is longer than %d bytes", long.Limit), "")
	}
	path := ""
	var at *crdt.PathError
	if errors.As(err, &at) {
		path = at.Path
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			p = contract.NewProblem(m.code, err.Error(), path)
			break
		}
	}
	var few *node.AcksError
	if errors.As(err, &few) {
		p.Acked = &few.Acked
	}
	if p != nil {
		return p
	}
	return contract.NewProblem(contract.CodeInternal, err.Error(), path)
}

// badRequest is the problem of a request that makes no sense.
func badRequest(format string, args ...any) error {
	return contract.NewProblem(contract.CodeBadRequest, fmt.Sprintf(format, args...), "")
}
