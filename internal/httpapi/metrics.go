package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/crdtstore/crdtstore/node"
)

// metrics counts requests, and shows the status of the node, to Prometheus.
type metrics struct {
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry, n *node.Node) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crdtstore_http_requests_total", Help: "HTTP requests by route, method and status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "crdtstore_http_request_seconds", Help: "Time to answer, by route.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, []string{"route"}),
	}
	registry.MustRegister(m.requests, m.seconds, &gauges{n},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

// observe counts one request. Methods that no route has are one, so that a
// client cannot make up labels.
func (m *metrics) observe(route, method string, status int, took time.Duration) {
	if route == "none" {
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// getMetrics answers all metrics.
func (s *Server) getMetrics(w http.ResponseWriter, r *request) error {
	s.metrics.handler.ServeHTTP(w, r.Request)
	return nil
}

// gauges reads the node's status when it is asked.
type gauges struct{ node *node.Node }

var (
	documentsGauge = describeMetric("documents", "Documents by collection.", "collection")
	bytesGauge     = describeMetric("store_bytes", "Size of the store.")
	failedGauge    = describeMetric("store_failed", "1 when the store failed and no writes are taken.")
	freeGauge      = describeMetric("space_free_bytes", "Free on the disk of the store.")
	levelGauge     = describeMetric("space_level", "1 for the level of free space that is reached: ok, low, refuse, full or unguarded.", "level")
	incidentsGauge = describeMetric("incidents", "Things that sound replicas never do, since the start.")
	skewedGauge    = describeMetric("skewed_timestamps", "Timestamps more than 24 h ahead, since the start.")
	peersGauge     = describeMetric("peers", "Known peers by state.", "state")
	behindGauge    = describeMetric("peer_behind_documents", "Documents that this node lacks and the peer has; absent when unknown.", "peer")
	aheadGauge     = describeMetric("peer_ahead_documents", "Documents that the peer lacks and this node has; absent when unknown.", "peer")

	receivedDocuments = describeMetric("documents_received_total", "Documents that peers sent and that were committed, since the start; what is more than was missing was sent in vain.")
	sentMessages      = describeMetric("sync_sent_messages_total", "Messages sent by sessions, since the start.")
	receivedMessages  = describeMetric("sync_received_messages_total", "Messages received by sessions, since the start.")
	sentBytes         = describeMetric("sync_sent_bytes_total", "Bytes of messages sent by sessions, since the start.")
	receivedBytes     = describeMetric("sync_received_bytes_total", "Bytes of messages received by sessions, since the start.")
)

func describeMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("crdtstore_"+name, help, labels, nil)
}

// Describe says that what is collected depends on the node's state.
func (g *gauges) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{documentsGauge, bytesGauge, failedGauge, freeGauge, levelGauge, incidentsGauge, skewedGauge, peersGauge, behindGauge, aheadGauge,
		receivedDocuments, sentMessages, receivedMessages, sentBytes, receivedBytes} {
		descriptions <- d
	}
}

// Collect reads the status; a node that is closing shows nothing.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	got, err := g.node.Status(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	failed := 0.0
	if got.Failed != "" {
		failed = 1
	}
	gauge(failedGauge, failed)
	gauge(bytesGauge, float64(got.Bytes))
	gauge(freeGauge, float64(got.Space.Free))
	gauge(levelGauge, 1, string(got.Space.Level))
	gauge(incidentsGauge, float64(got.Incidents))
	gauge(skewedGauge, float64(got.Skewed))
	counter := func(d *prometheus.Desc, v int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	counter(receivedDocuments, got.Traffic.DocumentsReceived)
	counter(sentMessages, got.Traffic.MessagesSent)
	counter(receivedMessages, got.Traffic.MessagesReceived)
	counter(sentBytes, got.Traffic.BytesSent)
	counter(receivedBytes, got.Traffic.BytesReceived)
	for _, c := range got.Collections {
		gauge(documentsGauge, float64(c.Documents), c.Name)
	}
	states := map[node.PeerState]int{node.InSync: 0, node.Syncing: 0, node.Offline: 0, node.Refused: 0, node.Paused: 0, node.Passive: 0}
	for _, p := range got.Peers {
		states[p.State]++
		if p.Behind != nil {
			gauge(behindGauge, float64(p.Behind.N), p.Peer)
		}
		if p.Ahead != nil {
			gauge(aheadGauge, float64(p.Ahead.N), p.Peer)
		}
	}
	for state, n := range states {
		gauge(peersGauge, float64(n), string(state))
	}
}
