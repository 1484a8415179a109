package house

import "go/ast"

// exportedDocs reports exported names without a comment: functions, methods
// of exported types, types, constants and variables. A comment on a group
// counts for its members, and so does one at the end of a line. Error and
// Unwrap mean what they mean everywhere. Main packages and tests export
// nothing.
func exportedDocs(t *tree) (found []Finding) {
	for _, f := range t.files {
		if f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !ofErrors(d) {
					found = append(found, f.at(d, "doc", "exported %s has no comment", d.Name.Name))
				}
			case *ast.GenDecl:
				for _, n := range undocumented(d) {
					found = append(found, f.at(n, "doc", "exported %s has no comment", n.Name))
				}
			}
		}
	}
	return found
}

// ofErrors reports whether d is a method that package errors defines.
func ofErrors(d *ast.FuncDecl) bool {
	return d.Recv != nil && (d.Name.Name == "Error" || d.Name.Name == "Unwrap")
}

// exportedReceiver reports whether d is a function, or a method that callers
// outside the package can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	x := d.Recv.List[0].Type
	for {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.IsExported()
		default:
			return false
		}
	}
}

func undocumented(d *ast.GenDecl) (names []*ast.Ident) {
	group := d.Doc != nil
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && !group && s.Doc == nil && s.Comment == nil {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			if group || s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, n := range s.Names {
				if n.IsExported() {
					names = append(names, n)
				}
			}
		}
	}
	return names
}
