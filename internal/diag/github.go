package diag

import (
	"fmt"
	"io"
	"strings"
)

// The escapes of GitHub's workflow commands: a value ends at a line break, and a
// property also at a comma or a colon. The per cent sign comes first in GitHub's
// own toolkit; a Replacer does all at once, which is the same.
var (
	githubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes the diagnostics as workflow commands, which GitHub Actions shows
// beside the lines of a pull request. Notes and suggestion follow the message
// on lines of their own.
func GitHub(w io.Writer, l List) error {
	var b strings.Builder
	for _, d := range l {
		command := "error"
		if d.Severity == Warning {
			command = "warning"
		}
		var properties []string
		property := func(name, value string) {
			properties = append(properties, name+"="+githubProperty.Replace(value))
		}
		message := d.Message
		if d.Position.IsValid() {
			property("file", d.Position.File)
			if d.Position.Line > 0 {
				property("line", fmt.Sprint(d.Position.Line))
			}
			if d.Position.Line > 0 && d.Position.Column > 0 {
				property("col", fmt.Sprint(d.Position.Column))
			}
			if d.elsewhere() {
				message += "\ncluster " + d.Cluster
			}
		} else if where := d.where(); where != "" {
			message = where + ": " + message
		}
		property("title", d.Code)
		for _, n := range d.Related {
			if n.Position.IsValid() {
				message += "\n" + n.Position.String() + ": " + n.Message
			} else {
				message += "\n" + n.Message
			}
		}
		for _, line := range d.wayOut() {
			message += "\n" + line
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", command, strings.Join(properties, ","), githubMessage.Replace(message))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
