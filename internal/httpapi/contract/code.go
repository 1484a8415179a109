package contract

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// Code names what went wrong; it never changes, unlike texts.
type Code string

// The codes of problems.
const (
	CodeBadRequest      Code = "bad-request"
	CodeInvalidJSON     Code = "invalid-json"
	CodeInvalidDocument Code = "invalid-document"
	CodeInvalidPath     Code = "invalid-path"
	CodeInvalidKey      Code = "invalid-key"
	CodeInvalidName     Code = "invalid-collection"
	CodeInvalidToken    Code = "invalid-token"
	CodeNotFound        Code = "not-found"
	CodeNoCollection    Code = "no-such-collection"
	CodeNoRoute         Code = "no-such-route"
	CodeMethod          Code = "method-not-allowed"
	CodeVersion         Code = "version-mismatch"
	CodeBaseGone        Code = "base-gone"
	CodeUnseen          Code = "unseen-candidate"
	CodeCandidate       Code = "no-such-candidate"
	CodeWrongType       Code = "wrong-type"
	CodeOverflow        Code = "counter-overflow"
	CodeOperation       Code = "invalid-operation"
	CodePosition        Code = "invalid-position"
	CodeSurrogate       Code = "split-character"
	CodeNoPath          Code = "no-such-path"
	CodeTest            Code = "test-failed"
	CodeOtherCollection Code = "other-collection"
	CodeTooLarge        Code = "too-large"
	CodeCollections     Code = "too-many-collections"
	CodeMediaType       Code = "unsupported-media-type"
	CodeHost            Code = "foreign-host"
	CodeOrigin          Code = "cross-origin"
	CodeUnauthorized    Code = "token-required"
	CodeOutOfScope      Code = "out-of-scope"
	CodeInvalidScope    Code = "invalid-scope"
	CodeUnsent          Code = "unsent"
	CodeArchive         Code = "invalid-archive"
	CodeNewerArchive    Code = "newer-archive"
	CodeForeign         Code = "foreign-archive"
	CodeMissing         Code = "missing-base"
	CodeUnknownPeer     Code = "unknown-peer"
	CodeNoNetwork       Code = "no-network"
	CodeNotConverged    Code = "not-converged"
	CodeTimeout         Code = "timed-out"
	CodeSession         Code = "session-timeout"
	CodeAcks            Code = "acks-timeout"
	CodeGap             Code = "watcher-too-slow"
	CodeClosed          Code = "node-closing"
	CodeStore           Code = "store-failed"
	CodeSpace           Code = "no-space"
	CodeNotQuarantined  Code = "not-in-quarantine"
	CodeNotReleased     Code = "not-released"
	CodeQuarantineFull  Code = "quarantine-full"
	CodeQuarantined     Code = "invalid-quarantined"
	CodeInternal        Code = "internal"
)

// Meaning is what a code stands for.
type Meaning struct {
	Status int    // HTTP
	Exit   int    // of crdtctl
	Title  string // short, the same for every occurrence
	Hint   string // what to do; "" where the detail says it
}

// Codes is the one table of what can go wrong over HTTP.
var Codes = map[Code]Meaning{
	CodeBadRequest:      {http.StatusBadRequest, cli.ExitUsage, "Bad request", ""},
	CodeInvalidJSON:     {http.StatusBadRequest, cli.ExitFailure, "Malformed JSON", ""},
	CodeInvalidDocument: {http.StatusUnprocessableEntity, cli.ExitFailure, "Not a document", "a document is JSON with unique keys, at most 64 levels, and numbers that are int64 or float64; a literal key that begins with $ is written $$"},
	CodeInvalidPath:     {http.StatusBadRequest, cli.ExitUsage, "Not a JSON Pointer", "a path is \"\" or begins with /, as in /address/city; an element of a list is its index, as in /phones/0"},
	CodeInvalidKey:      {http.StatusBadRequest, cli.ExitUsage, "Invalid key", "a key is 1 to 1024 bytes of UTF-8 without NUL, and no empty, . or .. segment"},
	CodeInvalidName:     {http.StatusBadRequest, cli.ExitUsage, "Invalid collection name", "a collection name is 1 to 64 of a-z 0-9 . _ -"},
	CodeInvalidToken:    {http.StatusBadRequest, cli.ExitUsage, "Not such a token", "give a token exactly as a change or an answer showed it; those of changes and those of sessions are not the same"},
	CodeNotFound:        {http.StatusNotFound, cli.ExitNotFound, "Not found", ""},
	CodeNoCollection:    {http.StatusNotFound, cli.ExitNotFound, "No such collection", "GET /v1/collections (crdtctl ls) lists those that are here"},
	CodeNoRoute:         {http.StatusNotFound, cli.ExitFailure, "No such route", "GET /openapi.json lists the routes"},
	CodeMethod:          {http.StatusMethodNotAllowed, cli.ExitFailure, "Method not allowed", "the Allow header lists the methods of this route"},
	CodeVersion:         {http.StatusPreconditionFailed, cli.ExitVersion, "Version precondition failed", "read the document again, and decide on what it is now"},
	CodeBaseGone:        {http.StatusPreconditionFailed, cli.ExitVersion, "The base is gone", "read the document again, and make the change to what it is now; the versions that were read last are kept for a while"},
	CodeUnseen:          {http.StatusConflict, cli.ExitFailure, "A candidate was not named", "somebody wrote in between: list the conflict again, and decide on all of it"},
	CodeCandidate:       {http.StatusConflict, cli.ExitFailure, "Not a candidate", "somebody wrote in between: list the conflict again"},
	CodeWrongType:       {http.StatusUnprocessableEntity, cli.ExitFailure, "Wrong type", `format=typed (crdtctl get --typed) shows what everything is: {"$text":"…"}, {"$counter":n}, {"$set":[…]}`},
	CodeOverflow:        {http.StatusUnprocessableEntity, cli.ExitFailure, "Counter overflow", "a counter is an int64"},
	CodeOperation:       {http.StatusUnprocessableEntity, cli.ExitFailure, "Invalid operation", "typed operations are set, unset, incr, add, remove, insert, delete and move; those of a JSON Patch are in RFC 6902"},
	CodePosition:        {http.StatusUnprocessableEntity, cli.ExitFailure, "No such position", "positions count from 0; those of a text in code points, or with units=utf16 in UTF-16 code units"},
	CodeSurrogate:       {http.StatusUnprocessableEntity, cli.ExitFailure, "Inside a character", "with units=utf16 a character beyond U+FFFF is two units; give the position before or behind both"},
	// RFC 5789 calls it a conflict when a patch assumes what is not there.
	CodeNoPath:          {http.StatusConflict, cli.ExitFailure, "Nothing at this path", "somebody may have removed it: read the document again"},
	CodeTest:            {http.StatusConflict, cli.ExitVersion, "A test of the patch failed", "nothing was written: read the document again, and decide on what it is now"},
	CodeOtherCollection: {http.StatusBadRequest, cli.ExitUsage, "Two collections in one transaction", "an atomic request writes to one collection"},
	CodeTooLarge:        {http.StatusRequestEntityTooLarge, cli.ExitFailure, "Too large", "a document is at most 1 MiB encoded; a transaction 1 MiB and 4,000 documents"},
	CodeMediaType:       {http.StatusUnsupportedMediaType, cli.ExitUsage, "Unsupported media type", "send " + TypeMergePatch + ", " + TypeJSONPatch + " or " + TypeOps},
	CodeCollections:     {http.StatusInsufficientStorage, cli.ExitFailure, "Too many collections", "nothing was written: put it into a collection that is there, telling documents apart by the beginning of their keys, or leave collections with crdtctl scope"},
	CodeOutOfScope:      {http.StatusConflict, cli.ExitNotAllowed, "Not held by this node", "GET /v1/scope (crdtctl scope) says what it holds; ask another node, or widen the scope"},
	CodeInvalidScope:    {http.StatusBadRequest, cli.ExitUsage, "Not a scope", "a pattern is a collection name, in which * is any characters and ? is one, alone or as NAME/PREFIX; at most 32"},
	CodeUnsent:          {http.StatusConflict, cli.ExitFailure, "No peer has these documents", "let it sync with a peer that wants them; force=true (crdtctl scope --force) drops them: they are lost where nobody else has them"},
	CodeHost:            {http.StatusForbidden, cli.ExitNotAllowed, "Foreign Host header", "use an address of this node: a name that somebody else points here could be a web page's"},
	CodeOrigin:          {http.StatusForbidden, cli.ExitNotAllowed, "Request from another origin", "web pages of other origins may not use this node"},
	CodeUnauthorized:    {http.StatusUnauthorized, cli.ExitNotAllowed, "Bearer token required", "the token is in api.token in the node's data directory; crdtctl takes it with --token-file"},
	CodeArchive:         {http.StatusUnprocessableEntity, cli.ExitFailure, "Not a whole archive", "nothing was written: the file is cut off, or was changed; make or copy it again"},
	CodeNewerArchive:    {http.StatusUnprocessableEntity, cli.ExitFailure, "Written by a newer version", "nothing was written: upgrade this node to the version that has made the file, or have it made by one of this version"},
	CodeForeign:         {http.StatusConflict, cli.ExitNotAllowed, "Not of this mesh", "nothing was written: a bundle is made by a member of the mesh, and cannot be changed by others"},
	CodeMissing:         {http.StatusConflict, cli.ExitFailure, "It builds on what is not here", "nothing was written: have it made with what this node knows (crdtctl bundle known), as crdtctl bundle export FILE --since TEXT"},
	CodeUnknownPeer:     {http.StatusNotFound, cli.ExitNotFound, "Unknown peer", "GET /v1/peers (crdtctl peers) lists the peers that are known"},
	CodeNoNetwork:       {http.StatusConflict, cli.ExitFailure, "The node has no network", ""},
	CodeNotConverged:    {http.StatusGatewayTimeout, cli.ExitTimeout, "Not converged in time", ""},
	CodeTimeout:         {http.StatusGatewayTimeout, cli.ExitTimeout, "Timed out", ""},
	CodeSession:         {http.StatusGatewayTimeout, cli.ExitTimeout, "Not yet seen by this node", "nothing was read or written: ask again, with a longer timeout, or ask the peer that answered last; without X-Session-Token (crdtctl --session) the node answers with what it has"},
	CodeAcks:            {http.StatusGatewayTimeout, cli.ExitTimeout, "Written, but not on so many peers in time", "the write has happened and goes on to the other peers by itself: do not repeat it"},
	CodeGap:             {http.StatusConflict, cli.ExitFailure, "The reader was too slow", "go on with the token of the last change"},
	CodeClosed:          {http.StatusServiceUnavailable, cli.ExitUnreachable, "The node is closing", ""},
	CodeStore:           {http.StatusServiceUnavailable, cli.ExitFailure, "The store failed", "start the node again; what was acknowledged is on disk"},
	CodeSpace:           {http.StatusInsufficientStorage, cli.ExitFailure, "The disk is nearly full", "nothing was written, and reads go on: make room on the disk of the data directory; writes are taken again some seconds later, by themselves"},
	CodeNotQuarantined:  {http.StatusNotFound, cli.ExitNotFound, "Not in quarantine", "GET /v1/quarantine (crdtctl quarantine) lists what is"},
	CodeNotReleased:     {http.StatusConflict, cli.ExitFailure, "It still cannot be taken", "it stays in quarantine: crdtctl quarantine show has its bytes, drop removes it"},
	CodeQuarantineFull:  {http.StatusConflict, cli.ExitFailure, "The quarantine is full", "release or drop what is in it"},
	CodeQuarantined:     {http.StatusUnprocessableEntity, cli.ExitFailure, "Nothing that can be in quarantine", "put back what GET /v1/quarantine?id=N (crdtctl quarantine export) has shown"},
	CodeInternal:        {http.StatusInternalServerError, cli.ExitFailure, "Internal error", "the log of the node says more"},
}
