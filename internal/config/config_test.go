package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

// value draws two valid values of a setting.
func value(s config.Setting, i int) string {
	switch s.Name {
	case "http":
		return fmt.Sprintf("127.0.0.1:%d", 7000+i)
	case "listen":
		return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 4000+i)
	case "no-mdns":
		return []string{"true", "false"}[i%2]
	case "collections":
		return fmt.Sprintf("logs-%d/a,*", i)
	case "sessions":
		return fmt.Sprint(i + 1)
	case "forget-after":
		return fmt.Sprintf("%dd", i)
	case "durability":
		return []string{"fsync", "relaxed"}[i%2]
	case "profile":
		return []string{"edge", "server"}[i%2]
	case "log-format":
		return []string{"text", "json"}[i%2]
	case "log-level":
		return []string{"debug", "info", "warn", "error"}[i%4]
	case "join":
		return p2p.Invite{Secret: [p2p.SecretSize]byte{byte(i)}}.String()
	default:
		return fmt.Sprintf("value%d", i)
	}
}

// field shows a setting's value in a Config.
func field(c config.Config, name string) string {
	switch name {
	case "data-dir":
		return c.DataDir
	case "http":
		return c.HTTP
	case "tls-cert":
		return c.TLSCert
	case "tls-key":
		return c.TLSKey
	case "listen":
		return strings.Join(c.Listen, ",")
	case "join":
		return strings.Join(c.Join, ",")
	case "no-mdns":
		return fmt.Sprint(c.NoMDNS)
	case "collections":
		return strings.Join(c.Collections, ",")
	case "sessions":
		return fmt.Sprint(c.Sessions)
	case "forget-after":
		return fmt.Sprintf("%dd", int(c.ForgetAfter.Hours())/24)
	case "name":
		return c.Name
	case "durability":
		return c.Durability
	case "profile":
		return c.Profile
	case "log-format":
		return c.LogFormat
	case "encryption-key-file":
		return c.EncryptionKeyFile
	default:
		return c.LogLevel
	}
}

// TestPrecedence: for every setting and every set of sources, the flag counts
// before the environment, that before the file, that before the default.
func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		from := config.Sources{Flags: map[string][]string{}, File: filepath.Join(dir, "c.toml")}
		env, file, want := map[string]string{}, "", map[string]string{}
		tlsFrom := rapid.IntRange(0, 7).Draw(rt, "sources of both TLS files")
		for _, s := range config.Settings {
			sources := rapid.IntRange(0, 7).Draw(rt, s.Name)
			if strings.HasPrefix(s.Name, "tls-") {
				sources = tlsFrom
			}
			want[s.Name] = field(config.Default(), s.Name)
			draw := func() string { return value(s, rapid.IntRange(0, 9).Draw(rt, "value")) }
			if sources&1 != 0 {
				v := draw()
				want[s.Name] = v
				switch s.Kind {
				case config.KindBool:
					file += fmt.Sprintf("%s = %s\n", s.Name, v)
				case config.KindList:
					file += fmt.Sprintf("%s = [%q]\n", s.Name, v)
				default:
					file += fmt.Sprintf("%s = %q\n", s.Name, v)
				}
			}
			if sources&2 != 0 {
				want[s.Name] = draw()
				env[s.Env()] = want[s.Name]
			}
			if sources&4 != 0 {
				want[s.Name] = draw()
				from.Flags[s.Name] = []string{want[s.Name]}
			}
		}
		from.Lookup = lookup(env)
		if err := os.WriteFile(from.File, []byte(file), 0o600); err != nil {
			rt.Fatal(err)
		}
		c, err := config.Load(from)
		if err != nil {
			rt.Fatal(err)
		}
		for name, v := range want {
			if got := field(c, name); got != v {
				rt.Fatalf("%s is %q, want %q", name, got, v)
			}
		}
	})
}

func TestEveryBadSettingIsReported(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(file, []byte("name = 5\nno-mdns = \"yes\"\njoin = \"one\"\nlisten = [1]\ncolor = \"red\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(config.Sources{
		Flags:  map[string][]string{"http": {"nowhere"}, "sessions": {"0"}, "forget-after": {"soon"}, "collections": {"a,,b"}, "listen": {"/ip4/127.0.0.1/tcp/1", "x"}, "data-dir": {""}},
		Lookup: lookup(map[string]string{"CRDTD_PROFILE": "tiny", "CRDTD_NO_MDNS": "perhaps", "CRDTD_HTTP": "h:99999", "CRDTD_TLS_KEY": "k.pem"}),
		File:   file,
	})
	if !errors.Is(err, config.ErrSetting) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"--http: ", "--sessions: ", "--forget-after: ", "--collections: ", "--listen: ", "--data-dir: ", "CRDTD_PROFILE: ", "CRDTD_NO_MDNS: ", "CRDTD_HTTP: ", "tls-cert and tls-key: ",
		"name in " + file + ": want a text", "no-mdns in " + file, "join in " + file + ": want an array", "listen in " + file, `"color" in ` + file + ": no such setting",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

// TestSessionsAreBounded: so many sessions that a node could not hold them are a
// mistake, wherever they are asked for.
func TestSessionsAreBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(file, []byte("sessions = \"65\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(config.Sources{
		Flags:  map[string][]string{"sessions": {"100000"}},
		Lookup: lookup(map[string]string{"CRDTD_SESSIONS": "99999999999999999999"}),
		File:   file,
	})
	if err == nil {
		t.Fatal("100,000 sessions")
	}
	for _, want := range []string{`--sessions: "100000" is not a number from 1 to 64`, "CRDTD_SESSIONS: ", "sessions in " + file + ": "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if c, err := config.Load(config.Sources{Flags: map[string][]string{"sessions": {"64"}}}); err != nil || c.Sessions != 64 {
		t.Error(c.Sessions, err)
	}
}

func TestFileErrorsSayWhere(t *testing.T) {
	if _, err := config.Load(config.Sources{File: filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(file, []byte("name = \"a\"\nhttp = \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(config.Sources{File: file}); err == nil || !strings.Contains(err.Error(), file+":2:") {
		t.Error(err)
	}
}

// TestNamesAndInvitesAreSettings: what the node would refuse later is reported
// with all the others, by the flag it came from, and an invite is not shown.
func TestNamesAndInvitesAreSettings(t *testing.T) {
	for _, name := range []string{"a\x1b[31m", "a\u202eb", "\xff", strings.Repeat("a", node.MaxName+1)} {
		_, err := config.Load(config.Sources{Flags: map[string][]string{"name": {name}, "join": {"crdtstore1:secret"}, "http": {"nowhere"}}})
		if err == nil {
			t.Fatalf("%q is a name", name)
		}
		for _, want := range []string{"--name: ", "--join: not an invite", "--http: "} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("name %q: no %q in:\n%v", name, want, err)
			}
		}
		if strings.Contains(err.Error(), "crdtstore1:secret") {
			t.Errorf("the invite is shown: %v", err)
		}
	}
	if _, err := config.Load(config.Sources{Flags: map[string][]string{"name": {strings.Repeat("a", node.MaxName)}}}); err != nil {
		t.Error(err)
	}
}

func ExampleLoad() {
	c, err := config.Load(config.Sources{
		Flags:  map[string][]string{"durability": {"relaxed"}},
		Lookup: func(name string) (string, bool) { return "pump-3", name == "CRDTD_NAME" },
	})
	fmt.Println(c.Durability, c.Name, c.HTTP, err)
	// Output: relaxed pump-3 127.0.0.1:7411 <nil>
}
