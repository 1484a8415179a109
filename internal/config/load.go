package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Sources are where settings come from.
type Sources struct {
	// Flags are the values of the flags that were given, by name.
	Flags map[string][]string
	// Lookup reads the environment: os.LookupEnv. nil reads none.
	Lookup func(name string) (string, bool)
	// File is the TOML file; "" is none.
	File string
}

// ErrSetting is what every error of Load wraps, for each bad setting.
var ErrSetting = errors.New("bad setting")

// SettingError is one bad setting.
type SettingError struct {
	Where string // "--http", "CRDTD_HTTP" or "http in FILE"
	Err   error
}

// Error says where and what.
func (e *SettingError) Error() string { return e.Where + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *SettingError) Unwrap() error { return e.Err }

// Is reports that a SettingError is an ErrSetting.
func (e *SettingError) Is(target error) bool { return target == ErrSetting }

// Load makes the configuration: a flag counts before the environment, that
// before the file, and that before the default. Every bad setting is reported,
// also one that a better source hides: the errors are SettingErrors, joined.
func Load(from Sources) (Config, error) {
	c := Default()
	var bad []error
	file, err := readFile(from.File)
	if err != nil {
		bad = append(bad, err)
	}
	for _, s := range Settings {
		for _, source := range []struct {
			where  string
			values []string
			err    error
		}{
			file.setting(s),
			fromEnv(s, from.Lookup),
			{"--" + s.Name, from.Flags[s.Name], nil},
		} {
			err := source.err
			if err == nil && len(source.values) > 0 {
				err = s.set(&c, source.values)
			}
			if err != nil {
				bad = append(bad, &SettingError{source.where, err})
			}
		}
	}
	bad = append(bad, file.unknown()...)
	if (c.TLSCert == "") != (c.TLSKey == "") {
		bad = append(bad, &SettingError{"tls-cert and tls-key", errors.New("one is given without the other")})
	}
	if len(bad) > 0 {
		return Config{}, errors.Join(bad...)
	}
	return c, nil
}

type source = struct {
	where  string
	values []string
	err    error
}

// fromEnv reads a setting's environment variable; an empty one is not set.
func fromEnv(s Setting, lookup func(string) (string, bool)) source {
	out := source{where: s.Env()}
	if lookup == nil {
		return out
	}
	value, ok := lookup(s.Env())
	switch {
	case !ok || value == "":
	case s.Kind == KindList:
		out.values = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	default:
		out.values = []string{value}
	}
	return out
}

// tomlFile is the content of the file, by key.
type tomlFile struct {
	path   string
	values map[string]any
}

func readFile(path string) (tomlFile, error) {
	f := tomlFile{path: path}
	if path == "" {
		return f, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return f, &SettingError{"--config", err}
	}
	if err := toml.Unmarshal(text, &f.values); err != nil {
		where := path
		var at *toml.DecodeError
		if errors.As(err, &at) {
			row, column := at.Position()
			where = fmt.Sprintf("%s:%d:%d", path, row, column)
		}
		return f, &SettingError{where, err}
	}
	return f, nil
}

// setting is what the file says of a setting.
func (f tomlFile) setting(s Setting) source {
	out := source{where: s.Name + " in " + f.path}
	value, ok := f.values[s.Name]
	if !ok {
		return out
	}
	switch v := value.(type) {
	case string:
		if s.Kind == KindText {
			out.values = []string{v}
			return out
		}
	case bool:
		if s.Kind == KindBool {
			out.values = []string{fmt.Sprint(v)}
			return out
		}
	case []any:
		if s.Kind == KindList {
			out.values, out.err = texts(v)
			return out
		}
	}
	out.err = fmt.Errorf("want %s", [...]string{KindText: "a text", KindList: "an array of texts", KindBool: "true or false"}[s.Kind])
	return out
}

func texts(values []any) ([]string, error) {
	out := make([]string, len(values))
	for i, v := range values {
		s, ok := v.(string)
		if !ok {
			return nil, errors.New("want an array of texts")
		}
		out[i] = s
	}
	return out, nil
}

// unknown reports keys that are no setting: a misspelt one must not be as if
// it were not there.
func (f tomlFile) unknown() []error {
	var names []string
	for name := range f.values {
		if !slices.ContainsFunc(Settings, func(s Setting) bool { return s.Name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var bad []error
	for _, name := range names {
		bad = append(bad, &SettingError{fmt.Sprintf("%q in %s", name, f.path), errors.New("no such setting")})
	}
	return bad
}
