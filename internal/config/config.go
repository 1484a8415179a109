package config

import (
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
)

// Config is how a peer node runs.
type Config struct {
	DataDir     string        // where the store, the device key and the tokens are
	HTTP        string        // HOST:PORT of the API; port 0 is any free one
	TLSCert     string        // PEM file; the API speaks HTTPS
	TLSKey      string        // PEM file
	Listen      []string      // multiaddrs for peers; none is every interface, any port
	Join        []string      // invites
	Collections []string      // patterns of what is held; none is what was held before, or everything
	Sessions    int           // peers with whom there is a session at a time
	ForgetAfter time.Duration // age at which the record of a removal may be dropped; 0 is never
	NoMDNS      bool          // neither look for peers on the local network nor be found
	Name        string        // what people call this node; "" is the host name
	Durability  string        // fsync or relaxed
	// EncryptionKeyFile holds the key that the data directory is encrypted with; "" is none.
	EncryptionKeyFile string
	Profile           string // edge or server
	LogFormat         string // text or json
	LogLevel          string // debug, info, warn or error
}

// DefaultDataDir is the data directory of a node that was told none: crdtstore
// in the XDG state directory.
func DefaultDataDir() string { return filepath.Join(xdg.StateHome, "crdtstore") }

// Default is what holds where nothing else is said.
func Default() Config {
	return Config{
		DataDir:     DefaultDataDir(),
		HTTP:        "127.0.0.1:7411",
		Durability:  "fsync",
		Profile:     "edge",
		Sessions:    8,
		ForgetAfter: 30 * 24 * time.Hour,
		LogFormat:   "text",
		LogLevel:    "info",
	}
}
