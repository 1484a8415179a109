package contract

// Route is one method of one path. Its ID names it in the OpenAPI document,
// in metrics, and in the table that gives it its handler.
type Route struct {
	ID      string
	Method  string
	Pattern string // {collection} is a segment, {key...} all that is left
	Summary string
	Query   []Parameter
	Headers []Parameter
	Body    []string       // media types of the request body
	Request any            // a value of its type, nil where it is a document
	Patches map[string]any // values of the types of a patch, by media type; a merge patch is any JSON
	Answer  any            // a value of its type, nil where it is a document or none
	Types   []string       // media types of the answer; none where it has no body
	Success []int          // status codes
	Token   bool           // needs the bearer token on loopback, too
	Open    bool           // needs no token anywhere
}

// Parameter is one query parameter or header.
type Parameter struct{ Name, About string }

var (
	prefixParameter = Parameter{"prefix", "only keys that begin with it"}
	afterParameter  = Parameter{"after", "only keys greater than it; the next of the page before"}
	limitParameter  = Parameter{"limit", "at most so many (default 100, at most 1000; an NDJSON stream has no limit by default)"}
	formatParameter = Parameter{"format", "typed shows counters, sets, texts, bytes and registers with their $-tags"}
	pathParameter   = Parameter{"path", "only the value at this JSON Pointer"}
	waitParameter   = Parameter{"timeout", "how long to wait, as in 500ms, 10s or 5m"}
	unitsParameter  = Parameter{"units", "utf16 counts the positions of typed operations in texts as JavaScript does; codepoints, the default, as Unicode does"}
	baseVersion     = Parameter{BaseHeader, "the version, an ETag, that the writer has read and changed: exactly its changes are carried over to what the document is now"}
	prefer          = Parameter{"Prefer", "return=minimal answers without the document: 204, or 201 when it is new"}
	inTimeParameter = Parameter{"timeout", "how long to wait for what the session has seen, and for acks, as in 500ms or 10s; default 5s"}
	acksParameter   = Parameter{"acks", "answer when so many other peers have the write on disk, at most 1000"}
	sessionToken    = Parameter{HeaderToken, "what the client has seen, as the last answer of any peer had it: this node answers when it has seen that, too"}
	ifMatch         = Parameter{"If-Match", `write only if the document is at one of these versions, or exists (*)`}
	ifNoneMatch     = Parameter{"If-None-Match", `* writes only if there is no such document`}
	notModified     = Parameter{"If-None-Match", `answers 304 if the document is at one of these versions`}
)

// Routes is every route that a node serves.
var Routes = []Route{
	{ID: "getDocument", Method: "GET", Pattern: "/v1/docs/{collection}/{key...}", Summary: "Read a document",
		Query: []Parameter{formatParameter, pathParameter, inTimeParameter}, Headers: []Parameter{notModified, sessionToken}, Types: []string{TypeJSON}, Success: []int{200, 304}},
	{ID: "headDocument", Method: "HEAD", Pattern: "/v1/docs/{collection}/{key...}", Summary: "Read a document's version",
		Query: []Parameter{formatParameter, pathParameter, inTimeParameter}, Headers: []Parameter{notModified, sessionToken}, Success: []int{200, 304}},
	{ID: "putDocument", Method: "PUT", Pattern: "/v1/docs/{collection}/{key...}", Summary: "Make a document what the body says, by writing the difference",
		Query: []Parameter{formatParameter, acksParameter, inTimeParameter}, Headers: []Parameter{ifMatch, ifNoneMatch, baseVersion, prefer, sessionToken}, Body: []string{TypeJSON}, Types: []string{TypeJSON}, Success: []int{200, 201, 204}},
	{ID: "patchDocument", Method: "PATCH", Pattern: "/v1/docs/{collection}/{key...}", Summary: "Apply a merge patch (RFC 7396), a JSON Patch (RFC 6902) or typed operations, all or nothing",
		Query: []Parameter{formatParameter, pathParameter, unitsParameter, acksParameter, inTimeParameter}, Headers: []Parameter{ifMatch, ifNoneMatch, prefer, sessionToken}, Body: []string{TypeMergePatch, TypeJSONPatch, TypeOps}, Patches: map[string]any{TypeJSONPatch: []PatchStep{}, TypeOps: []Operation{}}, Types: []string{TypeJSON}, Success: []int{200, 201, 204}},
	{ID: "deleteDocument", Method: "DELETE", Pattern: "/v1/docs/{collection}/{key...}", Summary: "Remove a document",
		Query: []Parameter{acksParameter, inTimeParameter}, Headers: []Parameter{ifMatch, sessionToken}, Success: []int{204}},
	{ID: "listDocuments", Method: "GET", Pattern: "/v1/docs/{collection}", Summary: "List documents in the order of their keys: a page, or all as NDJSON",
		Query: []Parameter{prefixParameter, afterParameter, limitParameter, formatParameter, {"keys", "true leaves the documents out"}, inTimeParameter}, Headers: []Parameter{sessionToken}, Types: []string{TypeJSON, TypeNDJSON}, Answer: Page{}, Success: []int{200}},
	{ID: "listCollections", Method: "GET", Pattern: "/v1/collections", Summary: "List collections", Types: []string{TypeJSON}, Answer: Collections{}, Success: []int{200}},
	{ID: "getRoot", Method: "GET", Pattern: "/v1/collections/{collection}/root", Summary: "The CID over the whole content of a collection: equal roots are equal data",
		Types: []string{TypeJSON}, Answer: Root{}, Success: []int{200}},
	{ID: "listConflicts", Method: "GET", Pattern: "/v1/conflicts/{collection}", Summary: "List documents with conflicts",
		Query: []Parameter{prefixParameter, afterParameter, limitParameter, inTimeParameter}, Headers: []Parameter{sessionToken}, Types: []string{TypeJSON, TypeNDJSON}, Answer: ConflictPage{}, Success: []int{200}},
	{ID: "getConflicts", Method: "GET", Pattern: "/v1/conflicts/{collection}/{key...}", Summary: "Show the conflicts of a document",
		Query: []Parameter{inTimeParameter}, Headers: []Parameter{sessionToken}, Types: []string{TypeJSON}, Answer: ConflictedDocument{}, Success: []int{200}},
	{ID: "resolveConflict", Method: "POST", Pattern: "/v1/conflicts/{collection}/{key...}", Summary: "End a conflict, naming all of its candidates",
		Query: []Parameter{acksParameter, inTimeParameter}, Headers: []Parameter{sessionToken}, Body: []string{TypeJSON}, Request: Resolution{}, Types: []string{TypeJSON}, Answer: ConflictedDocument{}, Success: []int{200}},
	{ID: "bulk", Method: "POST", Pattern: "/v1/bulk", Summary: "Write many documents: NDJSON lines in, a result line each",
		Query:   []Parameter{{"atomic", "true writes all lines in one transaction, or none"}, {"collection", "for lines that name none"}, {"stop", "true stops at the first line that fails"}, {"session", "new shows the token of a session that begins here"}, acksParameter, inTimeParameter},
		Headers: []Parameter{sessionToken}, Body: []string{TypeNDJSON}, Request: BulkLine{}, Types: []string{TypeNDJSON}, Answer: BulkResult{}, Success: []int{200}},
	{ID: "listChanges", Method: "GET", Pattern: "/v1/changes", Summary: "Follow changes: server-sent events, NDJSON, or with timeout a long poll",
		Query:   []Parameter{{"since", "a token: what its holder has seen; none is everything, now skips what is there"}, {"collection", "only this one"}, prefixParameter, waitParameter, {"limit", "end after so many"}},
		Headers: []Parameter{{"Last-Event-ID", "as since, sent by browsers that reconnect"}}, Types: []string{TypeNDJSON, TypeEvents, TypeJSON}, Answer: Change{}, Success: []int{200}},
	{ID: "getStatus", Method: "GET", Pattern: "/v1/status", Summary: "The state of the node and of its peers",
		Query: []Parameter{{"wait", "converged answers when all peers hold the same, proven by equal roots"}, waitParameter}, Types: []string{TypeJSON}, Answer: Status{}, Success: []int{200}},
	{ID: "getFindings", Method: "GET", Pattern: "/v1/findings", Summary: "What an operator should know of the node, and what to do", Types: []string{TypeJSON}, Answer: Findings{}, Success: []int{200}},
	{ID: "verify", Method: "GET", Pattern: "/v1/verify", Summary: "Check all that is stored; a line for each thing found wrong, and one at the end",
		Query: []Parameter{{"collection", "only this one"}}, Types: []string{TypeNDJSON}, Answer: Verified{}, Success: []int{200}},
	{ID: "listPeers", Method: "GET", Pattern: "/v1/peers", Summary: "The peers that are known", Types: []string{TypeJSON}, Answer: Peers{}, Success: []int{200}},
	{ID: "sync", Method: "POST", Pattern: "/v1/sync", Summary: "Reconcile now, pause or resume", Query: []Parameter{waitParameter},
		Body: []string{TypeJSON}, Request: SyncRequest{}, Types: []string{TypeJSON}, Answer: SyncReport{}, Success: []int{200}},
	{ID: "getScope", Method: "GET", Pattern: "/v1/scope", Summary: "Which collections and keys this node holds", Types: []string{TypeJSON}, Answer: Scope{}, Success: []int{200}},
	{ID: "putScope", Method: "PUT", Pattern: "/v1/scope", Summary: "Change what this node holds; what is left is dropped here alone",
		Query: []Parameter{{"force", "true drops also documents that no peer is known to have"}},
		Body:  []string{TypeJSON}, Request: ScopeRequest{}, Types: []string{TypeJSON}, Answer: Scope{}, Success: []int{200}, Token: true},
	{ID: "createInvite", Method: "POST", Pattern: "/v1/invites", Summary: "A text that makes another node a member of the mesh: a secret",
		Types: []string{TypeJSON}, Answer: Invite{}, Success: []int{200}, Token: true},
	{ID: "backup", Method: "POST", Pattern: "/v1/backup", Summary: "All that the node holds, or what is new since an earlier backup, as one file",
		Body: []string{TypeJSON}, Request: ArchiveRequest{}, Types: []string{TypeArchive}, Success: []int{200}, Token: true},
	{ID: "exportBundle", Method: "POST", Pattern: "/v1/bundle", Summary: "What another member of the mesh may lack, as one file to carry to it",
		Body: []string{TypeJSON}, Request: ArchiveRequest{}, Types: []string{TypeArchive}, Success: []int{200}, Token: true},
	{ID: "importBundle", Method: "POST", Pattern: "/v1/bundle/import", Summary: "Verify and merge a bundle of a member of the mesh",
		Body: []string{TypeArchive}, Types: []string{TypeJSON}, Answer: ImportReport{}, Success: []int{200}, Token: true},
	{ID: "getKnown", Method: "GET", Pattern: "/v1/known", Summary: "What the node knows of each collection, as a text: since of a bundle that is for it",
		Types: []string{TypeJSON}, Answer: Known{}, Success: []int{200}, Token: true},
	{ID: "getQuarantine", Method: "GET", Pattern: "/v1/quarantine", Summary: "What could not be taken, or had to be given up, and is kept as it was",
		Query: []Parameter{{"id", "only this one, with its bytes"}}, Types: []string{TypeJSON}, Answer: Quarantine{}, Success: []int{200}, Token: true},
	{ID: "keepQuarantined", Method: "POST", Pattern: "/v1/quarantine", Summary: "Put something into quarantine that was in one before, as it was shown; several as NDJSON, of which each is taken or refused",
		Body: []string{TypeJSON, TypeNDJSON}, Request: Quarantined{}, Types: []string{TypeJSON}, Answer: QuarantineKept{}, Success: []int{200, 204}, Token: true},
	{ID: "releaseQuarantined", Method: "POST", Pattern: "/v1/quarantine/release", Summary: "Try again to take something that is in quarantine",
		Query: []Parameter{{"id", "its number"}}, Types: []string{TypeJSON}, Answer: Released{}, Success: []int{200}, Token: true},
	{ID: "dropQuarantined", Method: "POST", Pattern: "/v1/quarantine/drop", Summary: "Remove something from quarantine for good",
		Query: []Parameter{{"id", "its number"}}, Types: []string{TypeJSON}, Answer: Released{}, Success: []int{200}, Token: true},
	{ID: "releaseAllQuarantined", Method: "POST", Pattern: "/v1/quarantine/release-all", Summary: "Try again to take all that is in quarantine, and say what came of each",
		Query: []Parameter{waitParameter}, Types: []string{TypeJSON}, Answer: ReleasedAll{}, Success: []int{200}, Token: true},
	{ID: "dropAllQuarantined", Method: "POST", Pattern: "/v1/quarantine/drop-all", Summary: "Remove all that is in quarantine for good",
		Types: []string{TypeJSON}, Answer: DroppedAll{}, Success: []int{200}, Token: true},
	{ID: "health", Method: "GET", Pattern: "/healthz", Summary: "The process answers", Types: []string{"text/plain"}, Success: []int{200}, Open: true},
	{ID: "ready", Method: "GET", Pattern: "/readyz", Summary: "The node reads and writes; peers are not needed", Types: []string{"text/plain"}, Success: []int{200}, Open: true},
	{ID: "metrics", Method: "GET", Pattern: "/metrics", Summary: "Metrics for Prometheus", Types: []string{"text/plain"}, Success: []int{200}},
	{ID: "openapi", Method: "GET", Pattern: "/openapi.json", Summary: "This description", Types: []string{TypeJSON}, Success: []int{200}},
	{ID: "landing", Method: "GET", Pattern: "/", Summary: "A page for people", Types: []string{"text/html"}, Success: []int{200}},
}
