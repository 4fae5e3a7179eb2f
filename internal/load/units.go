package load

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// units returns, as CUE source, what a text most likely means where a
// definition of the schema wants an amount with a unit: the unit is missing, or
// is one of another language. What stands for two amounts gives both, the
// likelier first; what stands for none gives nothing.
func units(definition, text, path string) []string {
	compact := strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "_", "")
	n, rest, ok := leadingNumber(compact)
	if !ok {
		return nil
	}
	unit := strings.ToLower(rest)
	switch definition {
	case "#Memory":
		return memoryOf(n, compact[:len(compact)-len(rest)], unit, ofNode(path))
	case "#CPU":
		return cpuOf(n, compact[:len(compact)-len(rest)], unit, ofNode(path))
	case "#Duration":
		return durationOf(n, compact, unit)
	case "#Fraction":
		return fractionOf(n, unit)
	}
	return nil
}

// ofNode says whether an amount at a path is a whole node's.
func ofNode(path string) bool { return strings.HasPrefix(path, "cluster.nodePools") }

// leadingNumber splits a text after the decimal number that it begins with.
func leadingNumber(text string) (n *big.Rat, rest string, ok bool) {
	digits := decimal.FindString(text)
	if len(digits) > maxDigits {
		return nil, "", false
	}
	n, ok = new(big.Rat).SetString(digits)
	return n, text[len(digits):], ok
}

// decimal is a number without a sign or exponent.
var decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?`)

// maxDigits is how long a number may be that somebody means as an amount.
const maxDigits = 18

// Below so many units, a number of memory without one is taken for GiB: a
// node counts its memory in GiB up to terabytes, and a container of the mesh
// with less than 32 MiB does not start.
const (
	giBelowNode      = 1024
	giBelowContainer = 32
)

// bytesFrom is the number from which memory without a unit is bytes, which
// the schema then takes.
const bytesFrom = 1_000_000

// memoryOf returns the memory that a number and a unit in small letters mean.
func memoryOf(n *big.Rat, digits, unit string, node bool) []string {
	if n.Sign() == 0 {
		return nil
	}
	// The likeliest writing of each letter; m is Kubernetes' thousandth of a
	// byte, which nobody means.
	known := map[string]string{
		"k": "k", "kb": "k", "ki": "Ki", "kib": "Ki", "m": "Mi", "mb": "M", "mi": "Mi", "mib": "Mi", "meg": "Mi", "megs": "Mi", "megabytes": "M",
		"g": "Gi", "gb": "G", "gi": "Gi", "gib": "Gi", "gig": "Gi", "gigs": "Gi", "gigabytes": "G", "t": "Ti", "tb": "T", "ti": "Ti", "tib": "Ti",
		"b": "", "bytes": "",
	}
	suffix, ok := known[unit]
	if !ok && unit != "" {
		return nil
	}
	if suffix != "" {
		return []string{strconv.Quote(digits + suffix)}
	}
	gi := int64(giBelowContainer)
	if node {
		gi = giBelowNode
	}
	switch {
	case n.Cmp(big.NewRat(bytesFrom, 1)) >= 0:
		return []string{strconv.Quote(digits)}
	case n.Cmp(big.NewRat(gi, 1)) < 0:
		return []string{strconv.Quote(digits + "Gi")}
	}
	return []string{strconv.Quote(digits + "Mi")}
}

// From so many units, a number of CPU without one is taken for millicores.
const (
	milliFromNode      = 1000
	milliFromContainer = 33
)

// cpuOf returns the CPU that a number and a unit in small letters mean.
func cpuOf(n *big.Rat, digits, unit string, node bool) []string {
	milli := int64(milliFromContainer)
	if node {
		milli = milliFromNode
	}
	switch unit {
	case "":
		if n.Cmp(big.NewRat(milli, 1)) >= 0 {
			return []string{strconv.Quote(digits + "m")}
		}
		return []string{strconv.Quote(digits)}
	case "m", "mcpu", "millicores", "millicore", "millicpu":
		return []string{strconv.Quote(digits + "m")}
	case "c", "cpu", "cpus", "core", "cores", "vcpu", "vcpus":
		return []string{strconv.Quote(digits)}
	case "%":
		whole := new(big.Rat).Mul(n, big.NewRat(10, 1))
		if whole.IsInt() {
			return []string{strconv.Quote(whole.Num().String() + "m")}
		}
	}
	return nil
}

// longSeconds is the number from which one without a unit may as well be of
// milliseconds.
const longSeconds = 300

// durationOf returns the length of time that a text means. n and unit are what
// the text, in which no blanks are left, begins and goes on with.
func durationOf(n *big.Rat, compact, unit string) []string {
	if unit == "" {
		digits := n.FloatString(0)
		switch {
		case !n.IsInt():
			return []string{strconv.Quote(compact + "s")}
		case n.Cmp(big.NewRat(longSeconds, 1)) >= 0:
			return []string{strconv.Quote(digits + "s"), strconv.Quote(digits + "ms")}
		}
		return []string{strconv.Quote(digits + "s")}
	}
	sum, text := new(big.Rat), strings.ToLower(compact)
	for text != "" {
		n, rest, ok := leadingNumber(text)
		if !ok {
			return nil
		}
		word := letters.FindString(rest)
		length, known := lengths[word]
		if !known {
			return nil
		}
		sum.Add(sum, n.Mul(n, big.NewRat(int64(length), 1)))
		text = rest[len(word):]
	}
	if sum.Mul(sum, big.NewRat(1, int64(time.Millisecond))); !sum.IsInt() || !sum.Num().IsInt64() {
		return nil
	}
	return []string{strconv.Quote(shortDuration(sum.Num().Int64()))}
}

// letters are a unit's.
var letters = regexp.MustCompile(`^[a-z]+`)

// lengths are the units of time that people write, days and weeks included.
var lengths = map[string]time.Duration{
	"ms": time.Millisecond, "msec": time.Millisecond, "msecs": time.Millisecond, "millis": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

// shortDuration writes milliseconds as people do: 90000 is 1m30s.
func shortDuration(ms int64) string {
	if ms == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		name string
		ms   int64
	}{{"h", 3_600_000}, {"m", 60_000}, {"s", 1000}, {"ms", 1}} {
		if ms >= u.ms {
			b.WriteString(strconv.FormatInt(ms/u.ms, 10) + u.name)
			ms %= u.ms
		}
	}
	return b.String()
}

// fractionOf returns the share that a percentage means.
func fractionOf(n *big.Rat, unit string) []string {
	if unit != "" && unit != "%" || n.Sign() == 0 {
		return nil
	}
	if unit == "" && n.Cmp(big.NewRat(1, 1)) <= 0 {
		return []string{strings.TrimSuffix(strings.TrimRight(n.FloatString(maxDigits), "0"), ".")}
	}
	if unit == "" && n.Cmp(big.NewRat(2, 1)) < 0 {
		return nil // 1.5 is no percentage that anybody writes
	}
	share := n.Mul(n, big.NewRat(1, 100))
	return []string{strings.TrimSuffix(strings.TrimRight(share.FloatString(maxDigits), "0"), ".")}
}
