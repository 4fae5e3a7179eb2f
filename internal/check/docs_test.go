package check

import (
	"regexp"
	"testing"
)

// TestDocs holds every page to what a reader expects of it.
func TestDocs(t *testing.T) {
	code := regexp.MustCompile(`^MG[1-9][0-9]{3}$`)
	last := ""
	for _, d := range Docs() {
		if !code.MatchString(d.Code) {
			t.Errorf("%q is no code", d.Code)
		}
		if d.Code <= last {
			t.Errorf("%s comes after %s: codes are unique", d.Code, last)
		}
		last = d.Code
		for name, s := range map[string]string{
			"Title": d.Title, "Text": d.Text, "Before": d.Before, "After": d.After, "Since": d.Since, "Severity": string(d.Severity),
		} {
			if s == "" {
				t.Errorf("%s has no %s", d.Code, name)
			}
		}
		if found, ok := Find(d.Code); !ok || found.Title != d.Title {
			t.Errorf("Find(%s) does not find the page", d.Code)
		}
	}
	if _, ok := Find("MG0000"); ok {
		t.Error("Find(MG0000) finds a page")
	}
}
