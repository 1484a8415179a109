package main

import (
	"fmt"

	"github.com/crdtstore/crdtstore/integration/simulate/mesh"
)

// pair are two peers that hold the same documents, but for those that one has
// changed.
func pair(documents, missed int) mesh.Options {
	return mesh.Options{Peers: 2, Graph: mesh.Full, Documents: documents, Missed: missed}
}

// documents: what it costs that two peers come in step, against the number of
// documents that they hold.
func (l *lab) documents() (table, error) {
	t := table{Title: "Two peers meet: 0 and 100 documents differ of so many", Columns: []string{
		"documents", "differ", "bytes in all", "of that metadata", "messages", "round trips", "ms",
	}}
	lines := []series{{Name: "100 differ: in all"}, {Name: "100 differ: metadata"}, {Name: "none differs: in all"}}
	sizes := []int{1_000, 10_000, 100_000}
	if l.heavy {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		for _, missed := range []int{0, 100} {
			r, err := l.meeting(&t, pair(n, missed))
			if err != nil {
				return t, err
			}
			c, x := meetingCost(r), float64(n)
			if missed == 0 {
				lines[2].Points = append(lines[2].Points, point{x, float64(c.Bytes)})
				continue
			}
			lines[0].Points = append(lines[0].Points, point{x, float64(c.Bytes)})
			lines[1].Points = append(lines[1].Points, point{x, float64(c.MetadataBytes())})
		}
	}
	lines = append(lines, l.elsewhere("Badger, 100: metadata", "100 differences: metadata bytes, against documents")...)
	lines = append(lines, l.elsewhere("Badger, none differs", "equal peers: bytes, against documents")...)
	t.Plots = []plot{{"documents-bytes", "Two peers come in step: bytes against what they hold", axis{"documents", true}, axis{"bytes, both ways", true}, lines}}
	return t, nil
}

// differences: the same, against the number of documents that differ.
func (l *lab) differences() (table, error) {
	t := table{Title: "Two peers of 100,000 documents meet: so many differ", Columns: []string{
		"documents", "differ", "bytes in all", "of that metadata", "messages", "round trips", "ms",
	}}
	bytes := []series{{Name: "in all"}, {Name: "metadata"}}
	times := []series{{Name: "10 ms one way"}}
	for _, missed := range []int{1, 10, 100, 1_000, 10_000, 100_000} {
		r, err := l.meeting(&t, pair(100_000, missed))
		if err != nil {
			return t, err
		}
		c, x := meetingCost(r), float64(missed)
		bytes[0].Points = append(bytes[0].Points, point{x, float64(c.Bytes)})
		bytes[1].Points = append(bytes[1].Points, point{x, float64(c.MetadataBytes())})
		times[0].Points = append(times[0].Points, point{x, milliseconds(r.Caught)})
	}
	bytes = append(bytes, l.elsewhere("Badger: metadata", "metadata bytes, against differences")...)
	times = append(times, l.elsewhere("Badger, loopback", "time, against differences")...)
	t.Plots = []plot{
		{"differences-bytes", "Two peers come in step: bytes against what differs", axis{"documents that differ", true}, axis{"bytes, both ways", true}, bytes},
		{"differences-time", "Two peers come in step: time against what differs", axis{"documents that differ", true}, axis{"milliseconds", true}, times},
	}
	return t, nil
}

// meeting runs a pair and adds what it has cost until it was in step.
func (l *lab) meeting(t *table, o mesh.Options) (mesh.Result, error) {
	r, err := l.mesh(o)
	if err != nil {
		return r, err
	}
	c := meetingCost(r)
	t.add(o.Documents, o.Missed, c.Bytes, c.MetadataBytes(), c.Messages, r.Trips, r.Caught)
	return r, nil
}

// meetingCost is what two peers have spent until they were in step, without
// the pings.
func meetingCost(r mesh.Result) mesh.Cost {
	c := r.Start
	for _, k := range []int{kindPing, kindPong} {
		c.Messages -= c.Kinds[k].Messages
		c.Bytes -= c.Kinds[k].Bytes
	}
	return c
}

// fresh: an empty peer joins others that hold everything.
func (l *lab) fresh() (table, error) {
	t := table{Title: "An empty peer comes to others that hold 20,000 documents", Columns: []string{
		"others", "documents it got, of those it lacked", "bytes in all", "of that metadata", "messages", "s",
	}}
	line := series{Name: "10 Mbit/s a link"}
	sent := series{Name: "documents sent"}
	for _, others := range []int{1, 2, 3, 5, 8} {
		o := mesh.Options{Peers: others + 1, Graph: mesh.Full, Documents: 20_000, Fresh: 1}
		r, err := l.mesh(o)
		if err != nil {
			return t, err
		}
		c := meetingCost(r)
		share := float64(c.Documents) / float64(o.Documents)
		t.add(others, share, c.Bytes, c.MetadataBytes(), c.Messages, r.Caught.Seconds())
		line.Points = append(line.Points, point{float64(others), r.Caught.Seconds()})
		sent.Points = append(sent.Points, point{float64(others), share})
	}
	t.Plots = []plot{
		{"fresh-time", "An empty peer catches up on 20,000 documents", axis{"peers that hold them", false}, axis{"seconds", false}, []series{line}},
		{"fresh-sent", "An empty peer: documents sent for each that it lacked", axis{"peers that hold them", false}, axis{"times", false}, []series{sent}},
	}
	return t, nil
}

// describeOne is the table of a single mesh.
func describeOne(r mesh.Result) table {
	t := table{Name: "one", Title: r.Options.Command(), Columns: []string{"what", "start", "run"}}
	for _, row := range []struct {
		what string
		of   func(mesh.Cost) int64
	}{
		{"messages", func(c mesh.Cost) int64 { return c.Messages }},
		{"bytes", func(c mesh.Cost) int64 { return c.Bytes }},
		{"bytes of documents", func(c mesh.Cost) int64 { return c.DocumentBytes }},
		{"bytes of metadata", mesh.Cost.MetadataBytes},
		{"bytes between views", func(c mesh.Cost) int64 { return c.ViewBytes }},
		{"bytes sent again by the transport", func(c mesh.Cost) int64 { return c.Again }},
		{"frames", func(c mesh.Cost) int64 { return c.Frames }},
		{"frames without documents", func(c mesh.Cost) int64 { return c.Empty }},
		{"frames that did not fit", func(c mesh.Cost) int64 { return c.Skipped }},
		{"documents", func(c mesh.Cost) int64 { return c.Documents }},
		{"redundant documents", func(c mesh.Cost) int64 { return c.Redundant }},
		{"bytes of redundant documents", func(c mesh.Cost) int64 { return c.RedundantBytes }},
		{"connections", func(c mesh.Cost) int64 { return c.Connections }},
		{"roots compared", func(c mesh.Cost) int64 { return c.Verified }},
	} {
		t.add(row.what, row.of(r.Start), row.of(r.Run))
	}
	for k := range r.Run.Kinds {
		if a, b := r.Start.Kinds[k], r.Run.Kinds[k]; a.Messages+b.Messages > 0 {
			t.add(fmt.Sprintf("messages of kind %d", k), a.Messages, b.Messages)
			t.add(fmt.Sprintf("bytes of kind %d", k), a.Bytes, b.Bytes)
		}
	}
	t.add("ms until together, until converged", r.Together, r.Converged)
	t.add("ms until a write is at another peer, p50, p99", r.Delays.At(0.5), r.Delays.At(0.99))
	t.add("ms until a write is everywhere, p50, p99", r.Whole.At(0.5), r.Whole.At(0.99))
	t.add("hops of a write, p50, p99", hops(r, 0.5), hops(r, 0.99))
	t.add("sessions of a peer, fewest, most", r.Degree[0], r.Degree[2])
	t.add("writes, stops", r.Writes, r.Stops)
	return t
}
