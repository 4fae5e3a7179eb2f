package policy

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
)

// protoDuration returns a duration of the intent for Istio's types; nil for "".
func protoDuration(text string) *durationpb.Duration {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil // the schema takes only what parses
	}
	return durationpb.New(d)
}

// wholeDuration writes a duration of the intent as Gateway API (GEP-2257) and
// Prometheus Operator read them: whole numbers, hours before minutes before
// seconds before milliseconds, at most five digits each. What is written so
// already stays as it is; less than a millisecond counts as one, because zero
// means no limit.
func wholeDuration(text string) string {
	if oneUnit(text) {
		return text
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return text // the schema takes only what parses
	}
	if rest := d % time.Millisecond; rest != 0 {
		d += time.Millisecond - rest
	}
	var out strings.Builder
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if n := d / unit.size; n > 0 {
			out.WriteString(strconv.FormatInt(int64(n), 10) + unit.name)
			d -= n * unit.size
		}
	}
	if out.Len() == 0 {
		return "0s"
	}
	return out.String()
}

// oneUnit says whether the text is up to five digits and a unit, such as 90s.
func oneUnit(text string) bool {
	unit := strings.TrimLeft(text, "0123456789")
	digits := len(text) - len(unit)
	return digits > 0 && digits <= 5 && (unit == "h" || unit == "m" || unit == "s" || unit == "ms")
}
