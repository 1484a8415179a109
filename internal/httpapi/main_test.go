package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/node"
)

// TestMain also finds handlers that did not end. Connections that the test's
// own client keeps idle are not the server's.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultClient.CloseIdleConnections()
	}),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func ExampleNew() {
	ctx := context.Background()
	n, err := node.Open(ctx, node.Options{}) // in memory, no network
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close()
	s := httptest.NewServer(httpapi.New(httpapi.Options{Node: n}))
	defer s.Close()

	c, err := client.New(s.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Put(ctx, "people", "ann", []byte(`{"visits":{"$counter":1}}`), client.Conditions{}); err != nil {
		fmt.Println(err)
		return
	}
	d, err := c.Get(ctx, "people", "ann", client.ReadOptions{})
	fmt.Println(string(d.JSON), err)
	// Output: {"visits":1} <nil>
}
