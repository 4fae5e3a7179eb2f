package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplace(t *testing.T) {
	page, err := replace("", "place", "| b |\n")
	if err != nil {
		t.Fatal(err)
	}
	page, err = replace(page, "accept", Table{[]string{"x", "y"}, [][]string{{"1", "a|b"}}}.String())
	if err != nil {
		t.Fatal(err)
	}
	page, err = replace(page, "place", "c\n")
	if err != nil {
		t.Fatal(err)
	}
	want := head + `
## Accept: the API server and istiod take every object

| x | y |
|---|---|
| 1 | a\|b |

## Place: the scheduler does as meshgen says

c
`
	if diff := cmp.Diff(want, page); diff != "" {
		t.Error(diff)
	}
	if _, err := replace(page, "other", ""); err == nil {
		t.Error("a suite that does not exist has a section")
	}
}
