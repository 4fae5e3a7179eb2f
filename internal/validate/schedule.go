package validate

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// cronFields are the fields of a schedule, with their lowest and highest values.
var cronFields = [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}

// cronNames are the names that the last two of them have.
var cronNames = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6,
}

// schedule are the schedules that github.com/robfig/cron reads, without a time
// zone.
func schedule(text string) []string {
	const example = "must be five fields such as 0 3 * * 1, or a word such as @daily"
	if strings.Contains(text, "TZ=") {
		return []string{"must not hold a time zone, for which there is timeZone"}
	}
	if strings.HasPrefix(text, "@every ") {
		if duration(strings.TrimPrefix(text, "@every ")) == "" {
			return nil
		}
		return []string{example}
	}
	if strings.HasPrefix(text, "@") {
		if slices.Contains([]string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}, text) {
			return nil
		}
		return []string{example}
	}
	parts := strings.Fields(text)
	if len(parts) != len(cronFields) {
		return []string{example}
	}
	for i, part := range parts {
		for _, one := range strings.Split(part, ",") {
			if !cronRange(one, cronFields[i], i >= 3) {
				return []string{fmt.Sprintf("must be a schedule: its field %d, %q, is not %d to %d", i+1, part, cronFields[i][0], cronFields[i][1])}
			}
		}
	}
	return nil
}

// cronRange says whether a part of a schedule's field lies in its bounds.
func cronRange(part string, bounds [2]int, named bool) bool {
	part, step, stepped := strings.Cut(part, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 {
			return false
		}
	}
	if part == "*" || part == "?" {
		return true
	}
	low, high, ranged := strings.Cut(part, "-")
	if !ranged {
		high = low
	}
	read := func(s string) int {
		if v, ok := cronNames[strings.ToLower(s)]; ok && named {
			return v
		}
		if v, err := strconv.Atoi(s); err == nil {
			return v
		}
		return -1
	}
	a, b := read(low), read(high)
	return a >= bounds[0] && b <= bounds[1] && a <= b
}

//go:embed zones.txt
var zones string

// zoneNames are the time zones that there are: those of the database that Go
// brings, which the controller manager reads. A test holds the list against it.
var zoneNames = strings.Fields(zones)

// timeZone are the names of time zones. Case counts, as in the cluster.
func timeZone(text string) []string {
	if _, found := slices.BinarySearch(zoneNames, text); found {
		return nil
	}
	if nearest := diag.Nearest(text, zoneNames); nearest != "" {
		return []string{"must be the name of a time zone such as " + nearest}
	}
	return []string{"must be the name of a time zone such as Europe/Berlin"}
}
