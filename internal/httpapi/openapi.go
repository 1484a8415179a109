package httpapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// object is a JSON object of the description.
type object map[string]any

// getOpenAPI answers the description of all routes.
func (s *Server) getOpenAPI(w http.ResponseWriter, _ *request) error {
	writeBody(w, http.StatusOK, contract.TypeJSON, s.openapi)
	return nil
}

// describe makes the OpenAPI 3.1 document from the contract: the same table
// that routes requests.
func describe(version string) []byte {
	schemas := schemas{object{}}
	paths := object{}
	for _, route := range contract.Routes {
		path := strings.ReplaceAll(route.Pattern, "{key...}", "{key}")
		methods, ok := paths[path].(object)
		if !ok {
			methods = object{}
			paths[path] = methods
		}
		methods[strings.ToLower(route.Method)] = operation(route, schemas)
	}
	schemas.of(reflect.TypeFor[contract.Problem]())
	text, err := encode(object{
		"openapi": "3.1.0",
		"info":    object{"title": "crdtstore", "version": version, "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"}},
		"paths":   paths,
		"components": object{
			"schemas":         schemas.named,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
		},
	})
	if err != nil {
		panic("httpapi: describe the routes: " + err.Error()) // cannot happen: it holds strings, numbers and maps
	}
	return text
}

var pathParameter = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

func operation(route contract.Route, schemas schemas) object {
	parameters := []object{}
	for _, m := range pathParameter.FindAllStringSubmatch(route.Pattern, -1) {
		p := object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}}
		if m[1] == "key" {
			p["description"] = "all that is left of the path, percent-decoded once; slashes may be written as / or %2F"
		}
		parameters = append(parameters, p)
	}
	for _, q := range route.Query {
		parameters = append(parameters, object{"name": q.Name, "in": "query", "description": q.About, "schema": object{"type": "string"}})
	}
	for _, h := range route.Headers {
		parameters = append(parameters, object{"name": h.Name, "in": "header", "description": h.About, "schema": object{"type": "string"}})
	}
	out := object{"operationId": route.ID, "summary": route.Summary, "parameters": parameters, "responses": responses(route, schemas)}
	if len(route.Body) > 0 {
		body := content(route.Body, route.Request, schemas)
		for mediaType, v := range route.Patches {
			body[mediaType] = object{"schema": schemas.of(reflect.TypeOf(v))}
		}
		out["requestBody"] = object{"content": body}
	}
	if route.Token {
		out["security"] = []object{{"token": []string{}}}
	}
	return out
}

func responses(route contract.Route, schemas schemas) object {
	out := object{"default": object{
		"description": "a problem (RFC 9457)",
		"content":     object{contract.TypeProblem: object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
	}}
	for _, status := range route.Success {
		answer := object{"description": http.StatusText(status)}
		if len(route.Types) > 0 && status != http.StatusNotModified && status != http.StatusNoContent {
			answer["content"] = content(route.Types, route.Answer, schemas)
		}
		out[strconv.Itoa(status)] = answer
	}
	return out
}

func content(types []string, v any, schemas schemas) object {
	out := object{}
	for _, t := range types {
		schema := object{}
		if v != nil {
			schema = schemas.of(reflect.TypeOf(v))
		}
		out[t] = object{"schema": schema}
	}
	return out
}

// schemas are the JSON schemas of the contract's types, by name.
type schemas struct{ named object }

// of is the schema of t, or a reference to it where t has a name.
func (s schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return object{"description": "any JSON value"}
	case t == reflect.TypeFor[contract.Count]():
		return object{"type": []string{"integer", "string"}, "description": "exact, or above 10000 the string >10000"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []object{s.of(t.Elem()), {"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Struct:
		s.add(t)
		return object{"$ref": "#/components/schemas/" + t.Name()}
	default:
		return object{"type": "string"}
	}
}

// add describes a struct once.
func (s schemas) add(t reflect.Type) {
	if _, ok := s.named[t.Name()]; ok {
		return
	}
	properties, required := object{}, []string{}
	schema := object{"type": "object", "properties": properties}
	s.named[t.Name()] = schema
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		of := t.Field(i).Type
		if of.Kind() == reflect.Pointer && option == "omitempty" { // absent, never null
			of = of.Elem()
		}
		properties[name] = s.of(of)
		if option != "omitempty" {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	schema["required"] = required
}
