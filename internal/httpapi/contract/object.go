package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// DecodeObject reads one JSON object into the struct that v points to. Its
// members are the struct's, letter for letter and at most once each: with
// encoding/json alone a member that is given twice, or in other letters, would
// silently count. Nothing may follow the object.
func DecodeObject(raw []byte, v any) error {
	if err := checkMembers(raw, membersOf(v)); err != nil {
		return err
	}
	err := json.Unmarshal(raw, v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%q is not a %s", wrong.Field, kindName(wrong.Type))
	}
	return err
}

// membersOf are the names of the members that v's struct has.
func membersOf(v any) (names []string) {
	t := reflect.TypeOf(v).Elem()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// checkMembers reports whether raw is one object with some of these members.
func checkMembers(raw []byte, names []string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	first, err := d.Token()
	switch {
	case err != nil:
		return malformed(err)
	case first != json.Delim('{'):
		return errors.New("an object is expected")
	}
	var seen []string
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return malformed(err)
		}
		name, _ := token.(string)
		switch {
		case !slices.Contains(names, name):
			return fmt.Errorf("unknown member %q", name)
		case slices.Contains(seen, name):
			return fmt.Errorf("%q is given twice", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return malformed(fmt.Errorf("%q: %w", name, err))
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return malformed(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("malformed JSON: something follows the object")
	}
	return nil
}

// malformed says why a text is not JSON. It does not wrap: that this text ended
// is not the end of what it was read from.
func malformed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("malformed JSON: the text ends in the middle")
	}
	return fmt.Errorf("malformed JSON: %v", err)
}

// kindName is what a member of type t is called in a message.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of texts"
	case reflect.Bool:
		return "boolean"
	default:
		return t.Kind().String()
	}
}
