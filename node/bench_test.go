package node_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// body is a document of 10 fields and about 200 bytes.
func body(i int) []byte {
	return fmt.Appendf(nil, `{"id":%d,"name":"Ann Example","mail":"ann@example.org","age":42,"city":"Uppsala","tags":["a","b"],"ok":true,"score":3.25,"note":"some words that fill the line a bit","n":%d}`, i, i%7)
}

func BenchmarkPut(b *testing.B) {
	for _, d := range []node.Durability{node.Relaxed, node.Fsync} {
		for _, writers := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/writers=%d", d, writers), func(b *testing.B) {
				n := alone(b, node.Options{Dir: b.TempDir(), Durability: d})
				c := n.Collection("bench")
				var next atomic.Int64
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for {
							i := int(next.Add(1))
							if i > b.N {
								return
							}
							if _, err := c.Put(context.Background(), fmt.Sprintf("k/%08d", i), body(i), node.PutOptions{}); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

func BenchmarkPutAll(b *testing.B) {
	n := alone(b, node.Options{Dir: b.TempDir()})
	items := make([]node.PutItem, b.N)
	for i := range items {
		items[i] = node.PutItem{Key: fmt.Sprintf("k/%08d", i), JSON: body(i)}
	}
	b.ResetTimer()
	for part := range slices.Chunk(items, 1000) {
		if _, err := n.Collection("bench").PutAll(b.Context(), part); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	n := alone(b, node.Options{Dir: b.TempDir()})
	c := n.Collection("bench")
	const documents = 10000
	items := make([]node.PutItem, documents)
	for i := range items {
		items[i] = node.PutItem{Key: fmt.Sprintf("k/%08d", i), JSON: body(i)}
	}
	if _, err := c.PutAll(b.Context(), items); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		d, err := c.Get(b.Context(), items[i*7919%documents].Key)
		if err != nil || len(d.JSON()) == 0 {
			b.Fatal(err)
		}
	}
}

// BenchmarkVisible measures from the begin of a write on one node until two
// others, connected on loopback, have told their watchers.
func BenchmarkVisible(b *testing.B) {
	for _, d := range []node.Durability{node.Relaxed, node.Fsync} {
		b.Run(string(d), func(b *testing.B) {
			o := node.Options{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, NoMDNS: true, Durability: d}
			open := func() *node.Node { o.Dir = b.TempDir(); return alone(b, o) }
			writer, readers := open(), []*node.Node{}
			put(b, writer, "c/k", `0`)
			invite, err := writer.Invite(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			seen := make(chan string, 2)
			ctx, cancel := context.WithCancel(b.Context())
			var watching sync.WaitGroup
			for range 2 {
				r := open()
				readers = append(readers, r)
				if err := r.Join(ctx, invite); err != nil {
					b.Fatal(err)
				}
				if err := r.WaitConverged(ctx, node.WaitOptions{}); err != nil {
					b.Fatal(err)
				}
				now, err := r.Now(ctx)
				if err != nil {
					b.Fatal(err)
				}
				watching.Go(func() {
					for c, err := range r.Changes(ctx, now, node.WatchOptions{}) {
						if err == nil {
							seen <- c.Key
						}
					}
				})
			}
			var took []time.Duration
			b.ResetTimer()
			for i := range b.N {
				begin := time.Now()
				put(b, writer, fmt.Sprintf("c/%d", i), `{"x":1}`)
				for range readers {
					<-seen
				}
				took = append(took, time.Since(begin))
			}
			b.StopTimer()
			cancel()
			watching.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
		})
	}
}
