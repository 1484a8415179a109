package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/multiformats/go-multiaddr"

	"github.com/crdtstore/crdtstore/p2p"
)

// Kind is the form of a setting's value.
type Kind int

// The kinds of settings.
const (
	KindText Kind = iota
	KindList      // a flag that can be repeated, an array in TOML, separated by commas in the environment
	KindBool
)

// Setting is one thing that crdtd can be told.
type Setting struct {
	Name    string // of the flag, and of the TOML key
	Kind    Kind
	Value   string // what the value is called in usage
	About   string
	Default string // as usage shows it
	set     func(c *Config, values []string) error
}

// Env is the environment variable of a setting.
func (s Setting) Env() string {
	return "CRDTD_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings is everything that crdtd can be told.
var Settings = []Setting{
	{Name: "data-dir", Value: "DIR", About: "directory of the store", Default: "crdtstore in the XDG state directory",
		set: text(func(c *Config) *string { return &c.DataDir }, notEmpty)},
	{Name: "http", Value: "HOST:PORT", About: "address of the HTTP API; port 0 is any free one", Default: "127.0.0.1:7411",
		set: text(func(c *Config) *string { return &c.HTTP }, hostPort)},
	{Name: "tls-cert", Value: "FILE", About: "PEM certificate: the API speaks HTTPS",
		set: text(func(c *Config) *string { return &c.TLSCert }, notEmpty)},
	{Name: "tls-key", Value: "FILE", About: "PEM key of the certificate",
		set: text(func(c *Config) *string { return &c.TLSKey }, notEmpty)},
	{Name: "listen", Kind: KindList, Value: "MULTIADDR", About: "accept peers here; can be repeated", Default: "TCP and QUIC on any free port of all interfaces",
		set: list(func(c *Config) *[]string { return &c.Listen }, multiaddress)},
	{Name: "join", Kind: KindList, Value: "INVITE", About: "become a member of the mesh of this invite; can be repeated",
		set: list(func(c *Config) *[]string { return &c.Join }, invite)},
	{Name: "collections", Kind: KindList, Value: "PATTERN,…", About: "hold these collections alone: names with * and ?, or NAME/PREFIX for the keys that begin with PREFIX; can be repeated", Default: "what it held before; everything at first",
		set: list(func(c *Config) *[]string { return &c.Collections }, notEmpty, commas)},
	{Name: "sessions", Value: "K", About: "hold sessions with at most so many peers at a time, from 1 to 64", Default: "8",
		set: number(func(c *Config) *int { return &c.Sessions }, maxSessions)},
	{Name: "forget-after", Value: "D", About: "drop the record of a removal after so long, as 30d or 720h; 0 keeps it for ever", Default: "30d",
		set: age(func(c *Config) *time.Duration { return &c.ForgetAfter })},
	{Name: "no-mdns", Kind: KindBool, About: "do not look for peers on the local network, nor be found there",
		set: boolean(func(c *Config) *bool { return &c.NoMDNS })},
	{Name: "name", Value: "NAME", About: "what people call this node", Default: "the host name",
		set: text(func(c *Config) *string { return &c.Name }, nodeName)},
	{Name: "durability", Value: "fsync|relaxed", About: "acknowledge a write when it is on disk, or before", Default: "fsync",
		set: text(func(c *Config) *string { return &c.Durability }, oneOf("fsync", "relaxed"))},
	{Name: "encryption-key-file", Value: "FILE", About: "encrypt the data directory with the key in FILE: 32 bytes, or 64 hexadecimal digits",
		set: text(func(c *Config) *string { return &c.EncryptionKeyFile }, notEmpty)},
	{Name: "profile", Value: "edge|server", About: "memory for a small device, or for throughput", Default: "edge",
		set: text(func(c *Config) *string { return &c.Profile }, oneOf("edge", "server"))},
	{Name: "log-format", Value: "text|json", About: "form of the log", Default: "text",
		set: text(func(c *Config) *string { return &c.LogFormat }, oneOf("text", "json"))},
	{Name: "log-level", Value: "LEVEL", About: "debug, info, warn or error", Default: "info",
		set: text(func(c *Config) *string { return &c.LogLevel }, oneOf("debug", "info", "warn", "error"))},
}

func text(field func(*Config) *string, check func(string) error) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		value := values[len(values)-1]
		if err := check(value); err != nil {
			return err
		}
		*field(c) = value
		return nil
	}
}

// list takes several values, each of which may be several, as split says.
func list(field func(*Config) *[]string, check func(string) error, split ...func([]string) []string) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		for _, s := range split {
			values = s(values)
		}
		for _, v := range values {
			if err := check(v); err != nil {
				return err
			}
		}
		*field(c) = slices.Clone(values)
		return nil
	}
}

// commas takes texts apart at their commas.
func commas(values []string) []string {
	return strings.Split(strings.Join(values, ","), ",")
}

// maxSessions is more than a device or a network carries with use: every change
// goes to each of them, or is announced to it.
const maxSessions = 64

// number takes a number from 1 to most.
func number(field func(*Config) *int, most int) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		n, err := strconv.Atoi(values[len(values)-1])
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("%q is not a number from 1 to %d", values[len(values)-1], most)
		}
		*field(c) = n
		return nil
	}
}

// age takes a duration, or a number of days.
func age(field func(*Config) *time.Duration) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		v := values[len(values)-1]
		d, err := time.ParseDuration(v)
		if days, ok := strings.CutSuffix(v, "d"); ok {
			var n int
			n, err = strconv.Atoi(days)
			d = time.Duration(n) * 24 * time.Hour
			if n > maxDays {
				err = errors.New("too long")
			}
		}
		if err != nil || d < 0 {
			return fmt.Errorf("%q is not a time such as 30d or 720h", v)
		}
		*field(c) = d
		return nil
	}
}

// maxDays is more than a hundred years, and less than a Duration can hold.
const maxDays = 40_000

func boolean(field func(*Config) *bool) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		v, err := strconv.ParseBool(values[len(values)-1])
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", values[len(values)-1])
		}
		*field(c) = v
		return nil
	}
}

func notEmpty(v string) error {
	if v == "" {
		return errors.New("it is empty")
	}
	return nil
}

func oneOf(allowed ...string) func(string) error {
	return func(v string) error {
		if slices.Contains(allowed, v) {
			return nil
		}
		return fmt.Errorf("%q is none of %s", v, strings.Join(allowed, ", "))
	}
}

func hostPort(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", v)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q is not a port", port)
	}
	return nil
}

// invite does not show v: it holds the secret of a mesh.
func invite(v string) error {
	_, err := p2p.ParseInvite(v)
	return err
}

// maxName is node.MaxName, which is not imported: the client reads this
// package for its token, and need not carry a store.
const maxName = 64

func nodeName(v string) error {
	switch {
	case v == "":
		return notEmpty(v)
	case len(v) > maxName:
		return fmt.Errorf("%d bytes, at most %d", len(v), maxName)
	case !utf8.ValidString(v):
		return errors.New("not UTF-8")
	}
	for _, r := range v {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q is not printable", r)
		}
	}
	return nil
}

func multiaddress(v string) error {
	if _, err := multiaddr.NewMultiaddr(v); err != nil {
		return fmt.Errorf("%q is not a multiaddr such as /ip4/0.0.0.0/tcp/4001: %w", v, err)
	}
	return nil
}
