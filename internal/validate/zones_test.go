package validate

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // whatever zones the machine has
)

// TestZones: each name is one that Go knows, in the order that the search wants.
func TestZones(t *testing.T) {
	if !slices.IsSorted(zoneNames) || len(zoneNames) < 500 {
		t.Errorf("%d names, or out of order", len(zoneNames))
	}
	for _, name := range zoneNames {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
	for _, wrong := range []string{"Europe/Munich", "europe/berlin", "Local", "", "../etc/passwd"} {
		if timeZone(wrong) == nil {
			t.Errorf("%q is taken for a time zone", wrong)
		}
	}
}
