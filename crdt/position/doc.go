// Package position names places in a list so that they need nothing else to be
// ordered: no list, no other element, no tombstone of what was removed. It
// holds values only.
//
// # The tree
//
// A list is a tree of elements, as in Fugue (Weidner and Kleppmann, The Art of
// the Fugue: Minimizing Interleaving in Collaborative Text Editing, 2023). An
// element is a left or right child of the one that it was inserted next to, and
// the list is the in-order traversal: left children, the element, right
// children; siblings on one side are in the order of their ids. Between
// chooses the parent: the left neighbour, on its right side, unless the right
// neighbour descends from it; then the right neighbour, on its left side. So
// what somebody inserts at one place, forward or backward, is a subtree of its
// own, and what others insert there at the same time stands before or after it,
// never in between.
//
// A position is the path from the root to its element, and therefore is never
// out of date: it means the same on every replica, whatever was removed
// (Weidner's position strings). Since counters only grow, none is given twice.
//
// # Runs
//
// Who types on makes each element the child of the one before. Such a chain is
// a run: its first element has the value 0, what was appended the values
// +counter, what was prepended the values -counter, and the run needs to be
// named once. It belongs to one replica; only that one extends it. A run hangs
// on one side of a position of another run, or at the top. Among siblings the
// rest of a run counts as the run's own id. Everywhere in this package
// "descends", "left" and "right" speak of that tree:
//
//	      0              the run of a:1
//	    /   \
//	  -3     +2          a:3 prepended, a:2 appended
//	        /  \
//	b:1 hung    +4       b:1 hung on the left of a:2
//
// Runs are compared by their whole path. A forged run that bears the id of
// another one is another run, so there can be no cycle.
//
// # Many at once
//
// Two people who append in turn make a chain of runs as deep as the list is
// long. Compare walks along it; Ranks orders many positions without comparing
// paths, and Append and Reader are the codec of all lists of a document: each
// run once, where it is first used, then how many elements of it follow.
// All of them take time linear in the positions and their runs, apart from
// sorting, whoever made them.
package position
