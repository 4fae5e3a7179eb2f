package validate

import (
	"regexp"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about a pod's system: validateLinux, validateWindows,
// validateWindowsHostProcessPod and validateWindowsSecurityContextOptions in
// pkg/apis/core/validation/validation.go of Kubernetes 1.36.

// linuxPod and linuxContainer are the fields that a pod of Windows cannot have:
// of the pod, of its security context, and of a container's.
var (
	linuxPod        = []string{"hostUsers", "hostPID", "hostIPC", "shareProcessNamespace", "resources"}
	linuxPodContext = []string{"appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"}
	linuxContext    = []string{"appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"}
)

// allContainers returns the containers of a pod, of every sort.
func allContainers(pod *node) []*node {
	return slices.Concat(pod.each("initContainers"), pod.each("containers"), pod.each("ephemeralContainers"))
}

// podSystem: what a pod and its containers say is for the system that they run on.
func podSystem(r *report, n *node) {
	system := core.OSName(n.text("os", "name"))
	for _, c := range allContainers(n) {
		if p := c.get("securityContext", "procMount"); p.text() == string(core.UnmaskedProcMount) && (!n.has("hostUsers") || n.truth("hostUsers")) {
			r.conflict(p, "{} is Unmasked, which wants hostUsers false", "set hostUsers of the pod to false, or remove {}")
		}
	}
	switch system {
	case core.Linux:
		r.forbid(n.get("securityContext"), "in a pod of Linux", "windowsOptions")
		for _, c := range allContainers(n) {
			r.forbid(c.get("securityContext"), "in a pod of Linux", "windowsOptions")
		}
	case core.Windows:
		for _, name := range linuxPod {
			if f := n.get(name); f.value != nil && !(strings.HasPrefix(name, "host") && name != "hostUsers" && !f.truth()) {
				r.forbid(n, "in a pod of Windows", name)
			}
		}
		r.forbid(n.get("securityContext"), "in a pod of Windows", linuxPodContext...)
		for _, c := range allContainers(n) {
			r.forbid(c.get("securityContext"), "in a pod of Windows", linuxContext...)
		}
	}
	r.hostProcess(n)
}

// hostProcess: either all containers of a pod are processes of the host, or none.
func (r *report) hostProcess(n *node) {
	at := []string{"securityContext", "windowsOptions", "hostProcess"}
	whole := n.get(at...)
	some, all := false, true
	for _, c := range allContainers(n) {
		own := c.get(at...)
		if own.value != nil && whole.value != nil && own.truth() != whole.truth() {
			r.conflict(own, "{} is not what the pod's own hostProcess is", "remove {}")
			return
		}
		is := own.truth() || own.value == nil && whole.truth()
		some, all = some || is, all && is
	}
	switch {
	case !some:
	case !all:
		r.conflict(n.get("containers"), "{}: some are processes of the host and some are not", "set securityContext.windowsOptions.hostProcess of the pod, and remove it from the containers")
	case !n.truth("hostNetwork"):
		r.add(n.get("hostNetwork"), codeConflict, "{} must be true with hostProcess", "set {} to true")
	}
}

var (
	netBIOS     = regexp.MustCompile(`^[^\\/:\*\?"<>|\.][^\\/:\*\?"<>|]{0,14}$`)
	userDomain  = regexp.MustCompile(`^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)
	badUser     = regexp.MustCompile(`[[:cntrl:]"/\\:;|=,\+\*\?<>@\[\]]|^[\. ]*$`)
	badInDomain = regexp.MustCompile(`[[:cntrl:]]`)
)

// windowsUser are users of Windows, with a domain before them perhaps.
func windowsUser(text string) []string {
	domain, user, ok := strings.Cut(text, `\`)
	if !ok {
		domain, user = "", text
	}
	bad := ok && (len(domain) >= 256 || badInDomain.MatchString(domain) || !netBIOS.MatchString(domain) && !userDomain.MatchString(domain))
	if bad || len(user) > 104 || badUser.MatchString(user) {
		return []string{`must be a user of Windows, such as ContainerUser or NT AUTHORITY\SYSTEM`}
	}
	return nil
}

// hostnameOverride are host names of 64 characters at most.
func hostnameOverride(text string) []string {
	if len(text) > 64 {
		return []string{"must have 64 characters at most"}
	}
	return validation.IsDNS1123Subdomain(text)
}

// appArmorProfile are names without blanks around them.
func appArmorProfile(text string) []string {
	if strings.TrimSpace(text) != text || len(text) > 4095 {
		return []string{"must have no blanks around it, and 4095 characters at most"}
	}
	return nil
}
