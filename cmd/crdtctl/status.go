package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize/english"
	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func statusCommand() *ucli.Command {
	return &ucli.Command{
		Name: "status", Usage: "show the node, its collections and how each peer stands to it",
		Action: action(0, 0, "", func(ctx context.Context, s *session, _ []string) error {
			got, err := s.Status(ctx)
			if err != nil {
				return err
			}
			return s.out.Fact(got, statusText(got))
		}),
	}
}

// statusText is the status for people; what is not known is "?".
func statusText(got contract.Status) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	row := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = cli.Safe(cell)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row("name", got.Name)
	row("peer", orUnknown(got.Peer, "none: the node has no network"))
	row("version", got.Version)
	row("replica", got.Replica)
	row("data", orUnknown(got.Data, "in memory"))
	row("size", strconv.FormatInt(got.Bytes, 10)+" bytes")
	row("durability", got.Durability)
	row("started", got.Started)
	row("holds", strings.Join(got.Scope.Collections, ","))
	if got.Scope.Pending != nil {
		row("to hold", pendingText(got.Scope.Pending))
	}
	for _, address := range got.Addrs {
		row("address", address)
	}
	if got.Paused {
		row("paused", "all peers, here")
	}
	if got.Failed != "" {
		row("failed", got.Failed)
	}
	if s := got.Space; s.Level != "" && s.Level != "ok" && s.Level != "unguarded" {
		row("disk", fmt.Sprintf("%s: %d MiB free of %d MiB", s.Level, s.Free>>20, s.Total>>20))
	}
	if got.Incidents > 0 || got.Skewed > 0 {
		row("incidents", strconv.Itoa(got.Incidents))
		row("skewed", strconv.Itoa(got.Skewed)+" timestamps more than 24 h ahead")
	}
	if s := got.Scrub; s.Began != nil {
		row("checked", fmt.Sprintf("%s since %s, %s", cli.Counted(s.Documents, "document"), *s.Began, cli.Counted(s.Findings, "finding")))
	}
	if got.Peer != "" {
		row("only here", onlyHere(got.Unsent))
	}
	if len(got.Collections) > 0 {
		row("")
		row("COLLECTION", "DOCUMENTS", "ROOT")
	}
	for _, c := range got.Collections {
		row(c.Name, strconv.Itoa(c.Documents), unknown(c.Root))
	}
	_ = w.Flush() // a strings.Builder takes everything
	w = tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	row("")
	if len(got.Peers) == 0 {
		row("no peers are known: crdtctl invite makes another node a member")
	} else {
		row(peerColumns...)
	}
	for _, p := range got.Peers {
		row(peerCells(p)...)
	}
	_ = w.Flush() // as above
	w = tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	for i, r := range refusals(got.Peers) {
		if i == 0 {
			row("")
			row("REFUSED", "OF", "BY", "REASON")
		}
		row(r...)
	}
	_ = w.Flush() // as above
	return strings.TrimSuffix(b.String(), "\n")
}

// onlyHere says what no peer is known to have, and how old that is.
func onlyHere(u *contract.Unsent) string {
	switch {
	case u == nil:
		return "?"
	case u.Documents == contract.Count{}:
		return "nothing that peers were not seen to hold"
	case u.After == nil:
		return documents(u.Documents) + ", how old is not known"
	}
	return documents(u.Documents) + ", changed after " + *u.After
}

// documents is a count of them, in words.
func documents(n contract.Count) string {
	return n.String() + " " + english.PluralWord(n.N, "document", "")
}

var peerColumns = []string{"PEER", "NAME", "STATE", "WHY", "BEHIND", "AHEAD", "CONVERGED", "RTT", "CLOCK", "LINK", "REPEATED"}

// peerCells is a peer as a row; the columns are peerColumns.
func peerCells(p contract.Peer) []string {
	rtt := "?"
	if p.RTT != nil {
		rtt = time.Duration(*p.RTT * float64(time.Millisecond)).Round(10 * time.Microsecond).String()
	}
	why := orUnknown(p.Why, "-")
	if p.Detail != "" {
		why += ": " + p.Detail
	}
	return []string{p.Peer, orUnknown(p.Name, "?"), p.State, why, count(p.Behind), count(p.Ahead), unknown(p.LastConverged), rtt, clockOf(p.Skew), linkOf(p.Exchange), repeated(p.Exchange)}
}

// clockOf says how far the clock of a peer is ahead of the one of the node, to the second.
func clockOf(skew *float64) string {
	if skew == nil {
		return "?"
	}
	by := time.Duration(*skew * float64(time.Millisecond)).Round(time.Second)
	if day := 24 * time.Hour; by.Abs() >= 2*day {
		return fmt.Sprintf("%+dd", by.Round(day)/day)
	}
	if by > 0 {
		return "+" + by.String()
	}
	return by.String()
}

// linkOf says whether changes go to a peer at once, or are announced, in some
// collections or all.
func linkOf(e *contract.Exchange) string {
	switch {
	case e == nil:
		return "-"
	case len(e.Lazy) == 0:
		return "eager"
	}
	return "lazy in " + strings.Join(e.Lazy, ",")
}

// repeated is how many of the documents that a peer sent brought nothing.
func repeated(e *contract.Exchange) string {
	if e == nil {
		return "-"
	}
	return fmt.Sprintf("%d of %d", e.Repeated.Documents, e.Received.Documents)
}

// refusals are the documents that this node and a peer do not take from one
// another.
func refusals(peers []contract.Peer) (rows [][]string) {
	for _, p := range peers {
		for _, r := range p.Refused {
			of, by := orUnknown(p.Name, p.Peer), "this node"
			if r.ByPeer {
				of, by = by, of
			}
			rows = append(rows, []string{r.Collection + "/" + r.Key, of, by, r.Reason})
		}
	}
	return rows
}

func count(c *contract.Count) string {
	if c == nil {
		return "?"
	}
	return c.String()
}

func unknown(s *string) string {
	if s == nil {
		return "?"
	}
	return *s
}

func orUnknown(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
