package schedule

// Verdicts says for each node whether it would take a pod of the spec if no
// other pod were on it and room did not matter: Fits, or why it never takes one.
// The result is shared: do not change it.
func (c *Cluster) Verdicts(s *Spec) []Code { return c.classes[c.class(s)].verdict }
