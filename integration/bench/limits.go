package main

// limit is one thing that the store must reach: what the design promises of
// sync, storage and latency.
type limit struct {
	what  string // in the words of the design
	rival string // what others, or the parts alone, were measured at
	run   string // the case that measures it; -run of the one command
	heavy bool   // needs -heavy
	// rows are those that show it, by the beginning of their names; %d is the
	// number of the documents of the large collections, %h that of the heavy ones.
	rows []string
}

// limits in the order of the design.
var limits = []limit{
	{"put, no sync, 1 and 16 writers (then ≥ 0.4)", "plain Badger 90–138k/s; go-ds-crdt 9–11k/s", "put-relaxed", false,
		[]string{"put, relaxed, 1 writers", "put, relaxed, 16 writers"}},
	{"the same, where there are 1,000,000 documents", "plain Badger", "onto", true,
		[]string{"put, relaxed, 1 writers, where there are %h", "put, relaxed, 16 writers, where there are %h"}},
	{"durable put, 1 writer", "plain synced 3.9–4.7k/s; go-ds-crdt 1.1k/s; DefraDB 0.5k/s", "put-durable", false,
		[]string{"put, durable, 1 writers"}},
	{"durable put, 16 and 64 writers, grouped by us", "plain 7.5k/s (it does not group)", "put-durable", false,
		[]string{"put, durable, 16 writers", "put, durable, 64 writers"}},
	{"batches of 100, durable", "plain 108–182k/s", "batch", false, []string{"batches of 100, durable"}},
	{"puts while a peer takes in everything", "the same writers alone", "beside", false, []string{"durable puts, 16 writers, while"}},
	{"document read", "plain Badger get 232k/s of 100,000, 83k/s of 1,000,000", "get|onto", true,
		[]string{"get and print a document", "get and print a document, of %h"}},
	{"all documents listed, pages of 100, and a get of what is not there, borne out by the tree", "plain Badger, which bears out nothing", "reads", false,
		[]string{"list and print all documents", "list and print pages of 100", "get of what is not there"}},
	{"two peers equal: bytes a collection, round trips", "negentropy 350 B; PouchDB 3.8 KB, 6", "equal", false,
		[]string{"two equal peers: bytes a collection, both ways", "two equal peers: bytes a collection, both ways: round trips"}},
	{"the same at 1,000,000 documents of 1 and of 10,000 writers", "", "keep", true,
		[]string{"heap for tree and vectors, %h documents, 1 writers: two equal peers", "heap for tree and vectors, %h documents, 10000 writers: two equal peers"}},
	{"100 differences in 1,000,000 documents: metadata, round trips", "bound 3.1 KB; negentropy 165 KB, 3; riblt 6.2 KB", "curves|differences", true,
		[]string{"%h documents: fresh peer: 100 differences: metadata", "100 differences in %h documents: round trips until"}},
	{"the same, by the tree walk alone, random and adjacent keys", "hash trie 20.7 KB, 4; prolly trees 309 KB, 5.5", "walk", true,
		[]string{"tree walk alone, %h documents, 100 random", "tree walk alone, %h documents, 100 random keys differ: round trips",
			"tree walk alone, %h documents, 100 adjacent", "tree walk alone, %h documents, 100 adjacent keys differ: round trips"}},
	{"fresh peer of 100,000 documents (then ≤ 0.8 s), and its round trips", "floor 0.35–0.4 s; go-ds-crdt 23 s batched; PouchDB 5.5k docs/s", "fresh", true,
		[]string{"fresh peer, %d documents: open", "fresh peer, %d documents: open to equal roots: to a plain load", "fresh peer, %d documents: round trips"}},
	{"fresh peer of 1,000,000 documents", "", "fresh", true, []string{"fresh peer, %h documents: open", "fresh peer, %h documents: open to equal roots: to a plain load"}},
	{"1,000 changes missed over 100,000", "go-ds-crdt 22 s; DefraDB 90 s; PouchDB 265 ms, 55 requests", "missed", false,
		[]string{"1000 changes missed over %d", "1000 changes missed over %d: connected to all on disk: connected to equal roots", "1000 changes missed over %d: connected to all on disk: bytes"}},
	{"burst of 5,000 puts on one of 3 peers", "go-ds-crdt 48/s, not converged after 81 s", "burst", false, []string{"burst of 5000 puts on one of 3"}},
	{"wire per put, 3 peers", "floor 2 × 250 B; go-ds-crdt 1.9 KB; PouchDB 6.6 KB", "burst", false, []string{"burst of 5000 puts on one of 3: last put to equal roots: wire a put"}},
	{"disk per 200 B document; one key overwritten 10,000 times", "plain 205–209 B; go-ds-crdt 790 B; 7 MB", "disk", false,
		[]string{"disk a document, closed", "disk after one key was overwritten 10000 times"}},
	{"write amplification at 1,000,000 documents", "lazy 1.15 ×", "amplification|tables", true,
		[]string{"bytes written to documents and dot index, and to all; %h", "bytes written to files with the tree, to those without; %h"}},
	{"RAM for tree and vectors at 1,000,000 documents, 8 sessions, 1 and 10,000 writers", "hash trie 4–19 MB", "keep", true,
		[]string{"heap for tree and vectors, %h documents, 1 writers", "heap for tree and vectors, %h documents, 10000 writers"}},
	{"root after one write at 1,000,000 documents", "", "keep|curves", true,
		[]string{"heap for tree and vectors, %h documents, 1 writers: root after", "heap for tree and vectors, %h documents, 10000 writers: root after", "%h documents: fresh peer: root after one write"}},
	{"start to ready at 1,000,000 documents: after kill -9; clean", "Badger open 8–12 ms, host 12–18 ms", "process", true,
		[]string{"start to ready, %h documents, after kill -9", "start to ready, %h documents, after a clean stop"}},
	{"stripped static binary; idle RSS with 100,000 documents", "host + Badger 26.5 MB; 23.6 MB; DefraDB 172 MB; 128 MB", "process", false,
		[]string{"stripped static binary", "idle RSS, %d documents"}},
	{"idle RSS after crdtctl has imported 100,000 documents", "", "process", false, []string{"crdtctl imports %d documents: idle RSS"}},
	{"peak RSS taking in 1,000,000 documents", "222 MB at 300,000", "process", true, []string{"crdtd takes in %h documents: peak RSS"}},
	{"write on one of 3 peers → visible on the others, relaxed writer: p50, p99", "go-ds-crdt 17/23 ms; PouchDB 17/26; Yjs relay in memory 0.7/3.3", "latency", false,
		[]string{"write to visible on two others, relaxed: p50", "write to visible on two others, relaxed: p50: p99"}},
	{"the same, durable writer: p50, p99", "floor 0.3 ms", "latency", false,
		[]string{"write to visible on two others, fsync: p50", "write to visible on two others, fsync: p50: p99"}},
}
