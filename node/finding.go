package node

// Finding is something that an operator should know of, with what to do.
type Finding struct {
	Kind  string // one of the Finding constants
	Where string // a document, collection, peer or directory; "" is the node
	// Happened is what was found, Do what to do, in one sentence each.
	Happened, Do string
	// Command is what to type; "" if there is nothing.
	Command string
	// Notice says that nothing needs to be done: it is told and resolves itself.
	Notice bool
}

// The kinds of findings, which are also those of incidents where there is one.
const (
	FindingDamage   = Damage
	FindingDiverged = Diverged
	FindingClone    = Clone
	FindingForged   = Forged
	FindingSkewed   = Skewed
	FindingRollback = Rollback
	FindingFile     = DamagedFile
	FindingFailed   = "failed"    // the store failed: no writes are taken
	FindingRefused  = "refused"   // a document is not taken, here or by a peer
	FindingPeer     = "peer"      // a peer was refused, or refuses this node
	FindingAside    = "aside"     // a store could not be opened and was moved aside
	FindingSpace    = "space"     // the disk is nearly full
	FindingUnclean  = "unclean"   // the node was not stopped before
	FindingUnsent   = "unsent"    // changes that no peer is known to have
	FindingOnlyHere = "only-here" // what no peer is known to have at all
	FindingNoPeers  = "no-peers"  // no peer is known, or none is connected
	FindingPaused   = "paused"    // peers are paused here
	FindingClock    = "clock"     // clocks differ
)
