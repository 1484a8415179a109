package libp2p

import (
	"log/slog"
	"os"

	"github.com/libp2p/go-libp2p/gologshim"
)

// go-libp2p logs to standard error on its own, also about what is no error,
// such as a listener that was closed. What matters reaches us as errors and
// events, so it is silent, unless its own environment variable asks for it or
// the program that embeds us sets another handler.
func init() {
	if os.Getenv("GOLOG_LOG_LEVEL") == "" {
		gologshim.SetDefaultHandler(slog.DiscardHandler)
	}
}
