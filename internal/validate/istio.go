package validate

import "github.com/meshgen/meshgen/internal/object"

func (r *report) istio(root *node, id object.ID) {}
