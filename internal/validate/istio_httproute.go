package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// headers checks what is added to, set in and removed from headers.
func (r *report) headers(n *node) {
	for _, way := range []string{"request", "response"} {
		for _, do := range []string{"add", "set"} {
			for _, h := range n.get(way, do).fields() {
				internal := strings.HasPrefix(h.key, ":") || strings.EqualFold(h.key, "host")
				authority := strings.EqualFold(h.key, ":authority") || strings.EqualFold(h.key, "host")
				if h.key == "" || internal && !(authority && way == "request") {
					r.refuse(h, fmt.Sprintf("{}: the header %q cannot be changed", h.key), "remove {}")
				} else if !internal && !tokenHeader.MatchString(h.key) { // istiod takes it, and Envoy then takes no routes
					r.refuse(h, fmt.Sprintf("{}: %q is no name of a header", h.key), "change the name")
				}
				r.headerValue(h)
			}
		}
		for _, h := range n.get(way).each("remove") {
			if name := h.text(); name == "" || strings.HasPrefix(name, ":") || strings.EqualFold(name, "host") {
				r.refuse(h, fmt.Sprintf("{} is %q, a header that cannot be removed", name), "remove {}")
			}
		}
	}
}

// headerValue checks the variables of a header's value: a % begins or ends one,
// or stands twice.
func (r *report) headerValue(n *node) {
	v := n.text()
	if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		r.must(n, "must have no control characters")
	} else if !balanced(v) {
		r.must(n, "must have a % only around the name of a variable, or twice")
	}
}

// variable is one of Envoy's variables, with arguments perhaps.
var variable = regexp.MustCompile(`^%(%|[^%(]*(\((\s*\[(\s*"([^"\\]|\\.)*"\s*,?)*\]\s*|[^)]*)\)\s*)?%)`)

func balanced(text string) bool {
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			return true
		}
		m := variable.FindString(text[i:])
		if m == "" {
			return false
		}
		text = text[i+len(m):]
	}
}

func (r *report) cors(n *node) {
	for _, o := range n.each("allowOrigins") {
		if o.text("exact") == "" && o.text("prefix") == "" && o.text("regex") == "" {
			r.refuse(o, "{} matches nothing", "set exact, prefix or regex in {}")
		} else if o.text("regex") != "" {
			r.expression(o.get("regex"))
		}
	}
	for _, m := range n.each("allowMethods") {
		if !slices.Contains(httpMethods, m.text()) && m.text() != "*" {
			r.must(m, "must be an HTTP method")
		}
	}
	for _, list := range []string{"allowHeaders", "exposeHeaders"} {
		for _, h := range n.each(list) {
			if h.text() != "*" && !tokenHeader.MatchString(h.text()) {
				r.must(h, "must be the name of a header")
			}
		}
	}
	if age := n.get("maxAge"); age.value != nil {
		r.istioDuration(age)
		if strings.Contains(age.text(), ".") || strings.HasSuffix(age.text(), "ms") {
			r.must(age, "must be whole seconds")
		}
	}
}

// grpcStatus are the names of gRPC's codes.
var grpcStatus = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func (r *report) fault(n *node) {
	if n.value == nil {
		return
	}
	abort, delay := n.get("abort"), n.get("delay")
	if abort.value == nil && delay.value == nil {
		r.refuse(n, "{} has neither abort nor delay", "set {}.abort or {}.delay")
	}
	r.faultShare(abort.get("percentage", "value"))
	r.faultShare(delay.get("percentage", "value"))
	if s := abort.get("httpStatus"); s.value != nil {
		r.status(s)
	}
	if s := abort.get("grpcStatus"); s.value != nil && !slices.Contains(grpcStatus, s.text()) {
		r.must(s, "must be a status of gRPC such as UNAVAILABLE")
	}
	for _, name := range abort.present("http2Error") {
		r.refuse(abort.get(name), "{} is not supported", "set httpStatus instead")
	}
	r.istioDuration(delay.get("fixedDelay"))
	for _, name := range delay.present("exponentialDelay") {
		r.refuse(delay.get(name), "{} is not supported", "set fixedDelay instead")
	}
}

// number returns a number.
func (n *node) number() float64 {
	switch v := n.value.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// faultShare checks a percentage that is 0 or 0.0001 at least.
func (r *report) faultShare(n *node) {
	if v := n.number(); v < 0 || v > 100 || v > 0 && v < 0.0001 {
		r.must(n, "must be 0, or 0.0001 to 100")
	}
}

func (r *report) percentage(n *node) {
	if v := n.number(); v < 0 || v > 100 {
		r.must(n, "must be 0 to 100")
	}
}

func (r *report) status(n *node) {
	if v := n.whole(); v < 200 || v > 600 {
		r.must(n, "must be an HTTP status of 200 to 599")
	}
}

func (r *report) redirect(route *node) {
	n := route.get("redirect")
	if n.value == nil {
		return
	}
	uri, prefix := n.text("uri"), n.text("prefixRewrite")
	switch {
	case uri != "" && prefix != "":
		r.refuse(n.get("prefixRewrite"), "{} stands beside uri", "remove {} or uri")
	case uri == "" && prefix == "" && n.text("authority") == "" && n.text("scheme") == "" && !n.has("port") && !n.has("derivePort"):
		r.refuse(n, "{} says nothing of where to", "set uri, authority, scheme or port in {}")
	}
	if prefix != "" {
		for _, m := range route.each("match") {
			if u := m.get("uri"); u.value != nil && !u.has("prefix") {
				r.refuse(u, "{} must be a prefix, because the redirect rewrites one", "set {}.prefix")
			}
		}
	}
	if c := n.get("redirectCode"); c.whole() != 0 && (c.whole() < 300 || c.whole() > 399) {
		r.must(c, "must be 300 to 399")
	}
	if s := n.get("scheme"); s.text() != "" && s.text() != "http" && s.text() != "https" {
		r.must(s, "must be http or https")
	}
	if n.whole("port") > 0 {
		r.istioPort(n.get("port"))
	}
}

// retryReasons are what Envoy retries on, besides a status.
var retryReasons = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
	"retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure",
	"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

// isStatus says whether HTTP has a status.
func isStatus(code int) bool {
	for _, known := range [][2]int{{100, 103}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 418}, {421, 426}, {428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511}} {
		if code >= known[0] && code <= known[1] {
			return true
		}
	}
	return false
}

func (r *report) retries(n *node) {
	if n.value == nil {
		return
	}
	attempts := n.get("attempts")
	if attempts.whole() < 0 {
		r.must(attempts, "must be 0 or more")
	}
	if attempts.whole() == 0 {
		for _, name := range []string{"perTryTimeout", "retryOn", "retryRemoteLocalities"} {
			if f := n.get(name); !isBlank(f.value) {
				r.refuse(f, "{} has no effect without attempts", "set attempts, or remove {}")
			}
		}
	}
	r.istioDuration(n.get("perTryTimeout"))
	r.istioDuration(n.get("backoff"))
	if on := n.get("retryOn"); on.text() != "" {
		for _, reason := range strings.Split(on.text(), ",") {
			code, _ := strconv.Atoi(reason)
			if !isStatus(code) && !slices.Contains(retryReasons, reason) {
				r.refuse(on, fmt.Sprintf("{} has %q, which Envoy does not retry on", reason), "write some of "+strings.Join(retryReasons[:6], ", ")+" into {}")
			}
		}
	}
}

func (r *report) rewrite(route *node) {
	n := route.get("rewrite")
	expression := n.get("uriRegexRewrite")
	if n.value != nil {
		uri := n.text("uri")
		switch {
		case uri != "" && expression.value != nil:
			r.refuse(expression, "{} stands beside uri", "remove {} or uri")
		case uri == "" && expression.value == nil && n.text("authority") == "":
			r.refuse(n, "{} says nothing", "set uri, uriRegexRewrite or authority in {}")
		}
	}
	if expression.value != nil {
		for _, name := range []string{"match", "rewrite"} {
			if expression.text(name) == "" {
				r.lacks(expression.get(name))
			}
		}
		r.expression(expression.get("match"))
	}
	current := n.text("authority")
	for _, do := range []string{"set", "add"} {
		for _, h := range route.get("headers", "request", do).fields() {
			if strings.EqualFold(h.key, ":authority") || strings.EqualFold(h.key, "host") {
				if current != "" {
					r.refuse(h, fmt.Sprintf("{} sets the authority, which is %q already", current), "remove {}")
				}
				current = h.text()
			}
		}
	}
}
