package check

import (
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
)

// references are the pages about what objects refer to: MG5050 to MG5069, MG5074 and MG5075.
// Package refs gives the diagnostics.
func references() []Doc {
	return slices.Concat(podPages(), meshReferences(), clusterReferences(), mtlsPages(), quotaPages(), networkPolicyPages())
}

// externally says how a name that leads nowhere is told to be somebody else's.
const externally = "\nWhat others make is declared under external, by kind, namespace and name, with who makes it."

func podPages() []Doc {
	const (
		pod   = `manifests: cache: objects: [{apiVersion: "v1", kind: "Pod", metadata: {name: "cache", namespace: "istio-system", labels: app: "cache"}, spec: `
		image = `image: "docker.io/library/redis:8.0.1", ports: [{name: "redis", containerPort: 6379}]`
		plain = pod + `{containers: [{name: "redis", ` + image + `}]}`
	)
	return []Doc{
		{
			Code: "MG5050", Since: "0.2.0", Severity: diag.Error,
			Title:  "A mount has no volume",
			Text:   "A container mounts a volume that its pod does not have, and the API server refuses the pod. Or it takes a device for files or files for a device, or names a container that is not there: the pod does not start.\nAdd the volume, or correct the name.",
			Before: pod + `{containers: [{name: "redis", ` + image + `, volumeMounts: [{name: "data", mountPath: "/data"}]}]}}]`,
			After:  pod + `{containers: [{name: "redis", ` + image + `, volumeMounts: [{name: "data", mountPath: "/data"}]}], volumes: [{name: "data", emptyDir: {}}]}}]`,
		},
		{
			Code: "MG5051", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "An object refers to one that nobody makes",
			Text:   "A ConfigMap, a Secret, a service account, a claim or a pool is named, and is not among the objects, is not made from one of them, and is not always there. Pods that need it do not start. A warning where the object works without." + externally,
			Before: pod + `{serviceAccountName: "cache", containers: [{name: "redis", ` + image + `}]}}]`,
			After:  `external: "ServiceAccount/istio-system/cache": "made by the platform's team"` + "\n" + pod + `{serviceAccountName: "cache", containers: [{name: "redis", ` + image + `}]}}]`,
		},
		{
			Code: "MG5052", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A selector selects nothing",
			Text:   "No pod, or no Service for a monitor, has the labels, so that the object has no effect. It is an error where nothing but what is rendered runs, or where the labels of a workload are nearly those; elsewhere applications may be meant, and it is a warning.\nCorrect the selector or the labels; external: \"Pod/<namespace>/*\" says that others' pods run there.",
			Before: plain + `}, {apiVersion: "v1", kind: "Service", metadata: {name: "cache", namespace: "istio-system"}, spec: {selector: app: "cash", ports: [{port: 6379}]}}]`,
			After:  plain + `}, {apiVersion: "v1", kind: "Service", metadata: {name: "cache", namespace: "istio-system"}, spec: {selector: app: "cache", ports: [{port: 6379}]}}]`,
		},
		{
			Code: "MG5053", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A Service or a probe names a port that the pods do not open",
			Text:   "A port's name must be that of a container's port, for a probe or a hook that of the same container's. A number that is none of those that the containers declare is a warning, because a container may listen on more than it declares. Monitors find their ports by the names that Services and containers have.\nCorrect the name or the number, or declare the port with the container.",
			Before: plain + `}, {apiVersion: "v1", kind: "Service", metadata: {name: "cache", namespace: "istio-system"}, spec: {selector: app: "cache", ports: [{port: 6379, targetPort: "web"}]}}]`,
			After:  plain + `}, {apiVersion: "v1", kind: "Service", metadata: {name: "cache", namespace: "istio-system"}, spec: {selector: app: "cache", ports: [{port: 6379, targetPort: "redis"}]}}]`,
		},
		{
			Code: "MG5054", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "What scales or protects pods is there twice, or for nothing",
			Text:   "An autoscaler names a workload that nobody makes, or that another scales already; a pod has two disruption budgets, so that it cannot be evicted and its node not be drained. A warning where it scales by a container that the pods have not, and where a workload has replicas of its own beside an autoscaler: the engine sets them back each time it applies.\nRemove one of the two, or correct the name." + externally,
			Before: `manifests: scale: objects: [{apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: {name: "istiod", namespace: "istio-system"}, spec: {scaleTargetRef: {apiVersion: "apps/v1", kind: "Deployment", name: "pilot"}, minReplicas: 1, maxReplicas: 3}}]`,
			After:  `manifests: scale: objects: [{apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: {name: "istiod", namespace: "istio-system"}, spec: {scaleTargetRef: {apiVersion: "apps/v1", kind: "Deployment", name: "istiod"}, minReplicas: 1, maxReplicas: 3}}]`,
		},
	}
}

func meshReferences() []Doc {
	const (
		shop    = "namespaces: shop: mesh: true\nservices: web: {namespace: \"shop\", port: 80}\ngateways: public: servers: web: hosts: [\"www.example.com\"]\n"
		service = shop + `manifests: more: objects: [{apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: {name: "more", namespace: "shop"}, spec: `
		modern  = "namespaces: shop: mesh: true\nservices: web: {namespace: \"shop\", port: 80}\ngateways: public: {api: \"gateway-api\", servers: web: hosts: [\"www.example.com\"]}\nmanifests: more: objects: ["
		route   = modern + `{apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: {name: "more", namespace: "`
		grant   = `, {apiVersion: "gateway.networking.k8s.io/v1", kind: "ReferenceGrant", metadata: {name: "routes", namespace: "shop"}, spec: {from: [{group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "istio-ingress"}], to: [{group: "", kind: "Service"}]}}]`
		backend = `", namespace: "istio-ingress", sectionName: "http-web"}], rules: [{backendRefs: [{name: "web", namespace: "shop", port: 80}]}]}}`
	)
	return []Doc{
		{
			Code: "MG5055", Since: "0.2.0", Severity: diag.Error,
			Title:  "A Gateway has no pods, or a VirtualService no Gateway",
			Text:   "An Istio Gateway selects the pods that it configures by their labels, and a VirtualService names its Gateways, with the namespace where that is another. One that leads nowhere has no effect, and nothing says so.\nCorrect the selector or the name." + externally,
			Before: service + `{hosts: ["www.example.com"], gateways: ["public"], http: [{route: [{destination: host: "web"}]}]}}]`,
			After:  service + `{hosts: ["www.example.com"], gateways: ["istio-ingress/public"], http: [{route: [{destination: host: "web"}]}]}}]`,
		},
		{
			Code: "MG5056", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A route leads to a port or a subset that is not there",
			Text:   "A destination's subset is in no DestinationRule of the host, or its Service does not have the port: Istio answers 503. A Service of which nothing speaks is a warning, because applications bring their own.\nDeclare the Service and its subsets in services, or correct the route." + externally,
			Before: service + `{hosts: ["web"], http: [{route: [{destination: {host: "web", subset: "canary"}}]}]}}]`,
			After:  service + `{hosts: ["web"], http: [{route: [{destination: host: "web"}]}]}}]`,
		},
		{
			Code: "MG5057", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A route is attached to what is not there",
			Text:   "A route of Gateway API names a Gateway that nobody makes, a listener that the Gateway does not have, or one that does not admit routes of the namespace: it is not accepted. Classes and Services of which nothing speaks are warnings.\nCorrect parentRefs or backendRefs." + externally,
			Before: route + `shop"}, spec: {parentRefs: [{name: "public", namespace: "istio-ingress", sectionName: "http"}], rules: [{backendRefs: [{name: "web", port: 80}]}]}}]`,
			After:  route + `shop"}, spec: {parentRefs: [{name: "public", namespace: "istio-ingress", sectionName: "http-web"}], rules: [{backendRefs: [{name: "web", port: 80}]}]}}]`,
		},
		{
			Code: "MG5058", Since: "0.2.0", Severity: diag.Error,
			Title:  "A reference into another namespace is not granted",
			Text:   "Gateway API lets a route or a Gateway refer to a Service or a Secret of another namespace only where a ReferenceGrant there allows it; without one istiod acts as if there were nothing.\nAdd the ReferenceGrant, or move the object." + externally,
			Before: route + `istio-ingress"}, spec: {parentRefs: [{name: "public` + backend + `]`,
			After:  route + `istio-ingress"}, spec: {parentRefs: [{name: "public` + backend + grant,
		},
		{
			Code: "MG5059", Since: "0.2.0", Severity: diag.Error,
			Title:  "A policy or a namespace is attached to what is not there",
			Text:   "A targetRef, a waypoint's label or a provider names something that nobody makes: the policy guards nothing, the waypoint is passed by, and no line is logged.\nCorrect the name, or remove it." + externally,
			Before: "namespaces: shop: {mesh: true, mode: \"ambient\", labels: \"istio.io/use-waypoint\": \"shop\"}",
			After:  "namespaces: shop: {mesh: true, mode: \"ambient\", waypoint: \"auto\"}",
		},
	}
}

func clusterReferences() []Doc {
	const (
		hook        = `manifests: hook: objects: [{apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration", metadata: name: "hook", webhooks: [{name: "hook.example.com", admissionReviewVersions: ["v1"], sideEffects: "None", clientConfig: service: {namespace: "istio-system", name: "`
		config      = `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "`
		binding     = `manifests: read: objects: [{apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: {name: "read", namespace: "istio-system"}, roleRef: {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "`
		budget      = `kind: "PodDisruptionBudget", metadata: {name: "istiod", namespace: "istio-system"}, spec: {maxUnavailable: 1, selector: matchLabels: app: "istiod"}}]`
		ineffective = `manifests: more: objects: [{apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: {name: "more", namespace: "istio-system"}, spec: {hosts: ["istiod"], http: [`
		second      = `{apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: {name: "other", namespace: "web"}, spec: {host: "web", `
		contrary    = "services: web: {namespace: \"web\", port: 80}\nnamespaces: web: mesh: true\n" + `manifests: more: objects: [{apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: {name: "more", namespace: "web"}, spec: {host: "web", `
		guard       = `manifests: guard: objects: [{apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", metadata: {name: "guard", namespace: "istio-system"}, spec: {action: "DENY", rules: [{to: [{operation: {paths: [`
		sidecar     = `manifests: side: objects: [{apiVersion: "networking.istio.io/v1", kind: "Sidecar", metadata: {name: "default", namespace: "istio-system`
	)
	return []Doc{
		{
			Code: "MG5060", Since: "0.2.0", Severity: diag.Error,
			Title:  "A webhook calls a Service that is not there",
			Text:   "The API server calls the Service of a webhook, of an API or of a conversion for each request that it is for. Without the Service, or its port, those requests fail.\nCorrect the Service's name, namespace and port." + externally,
			Before: hook + `istoid"}}]}]`,
			After:  hook + `istiod", path: "/validate"}}]}]`,
		},
		{
			Code: "MG5061", Since: "0.2.0", Severity: diag.Error,
			Title:  "A certificate's issuer is not there",
			Text:   "A Certificate, or an annotation of cert-manager's, names an issuer that is neither among the objects nor named by the intent: the certificate is never made.\nCorrect the name or the kind." + externally,
			Before: `manifests: web: objects: [{apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: {name: "web", namespace: "istio-system"}, spec: {secretName: "web", dnsNames: ["www.example.com"], issuerRef: {kind: "ClusterIssuer", name: "letsencrypt"}}}]`,
			After:  "external: \"ClusterIssuer/letsencrypt\": \"comes with cert-manager\"\n" + `manifests: web: objects: [{apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: {name: "web", namespace: "istio-system"}, spec: {secretName: "web", dnsNames: ["www.example.com"], issuerRef: {kind: "ClusterIssuer", name: "letsencrypt"}}}]`,
		},
		{
			Code: "MG5062", Since: "0.2.0", Severity: diag.Error,
			Title:  "A binding grants a role that is not there",
			Text:   "A RoleBinding or ClusterRoleBinding names a role that nobody makes, and grants nothing. A service account of which nothing speaks is a warning.\nCorrect roleRef and subjects." + externally,
			Before: binding + `viewer"}, subjects: [{kind: "ServiceAccount", namespace: "istio-system", name: "istiod"}]}]`,
			After:  binding + `view"}, subjects: [{kind: "ServiceAccount", namespace: "istio-system", name: "istiod"}]}]`,
		},
		{
			Code: "MG5063", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A kind that the cluster does not know",
			Text:   "Kubernetes has no such kind in the group, or no CustomResourceDefinition of it is among the objects. A group without a dot is nobody's but Kubernetes' own. A kind of a group of which nothing here speaks is a warning; those of operators that people commonly run beside a mesh are taken as they are.\nCorrect apiVersion and kind, or add the definition." + externally,
			Before: `manifests: side: objects: [{apiVersion: "networking.istio.io/v1", kind: "Sidecars", metadata: {name: "default", namespace: "istio-system"}, spec: egress: [{hosts: ["./*"]}]}]`,
			After:  `manifests: side: objects: [{apiVersion: "networking.istio.io/v1", kind: "Sidecar", metadata: {name: "default", namespace: "istio-system"}, spec: egress: [{hosts: ["./*"]}]}]`,
		},
		{
			Code: "MG5064", Since: "0.2.0", Severity: diag.Error,
			Title:  "A namespace that nobody makes",
			Text:   "The API server refuses an object in a namespace that does not exist, and the layer that holds it fails. So does what the intent declares of a service, and a route to it leads nowhere.\nAdd the namespace to namespaces; with create: false where somebody else makes it.",
			Before: config + `shop"}}]`,
			After:  "namespaces: shop: create: false\n" + config + `shop"}}]`,
		},
		{
			Code: "MG5065", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "An API version that the cluster does not serve",
			Text:   "Kubernetes removes beta versions of its APIs after some releases, and brings others with new ones; a CustomResourceDefinition lists the versions that it serves. The cluster would refuse the object. A version that is served only where the API server is told to is a warning.\nWrite the object in the version that the diagnostic names, by https://kubernetes.io/docs/reference/using-api/deprecation-guide/.",
			Before: `manifests: pdb: objects: [{apiVersion: "policy/v1beta1", ` + budget,
			After:  `manifests: pdb: objects: [{apiVersion: "policy/v1", ` + budget,
		},
		{
			Code: "MG5066", Since: "0.2.0", Severity: diag.Error,
			Title:  "Two objects of which one counts",
			Text:   "A namespace, or the mesh, can have one Sidecar, PeerAuthentication, Telemetry and ProxyConfig without a selector. Of two istiod takes the older, whichever that is in the cluster at hand, and ignores the other without a word. Of two Services that ask for one port of the nodes, or one address of the cluster, the API server refuses the second. Of two definitions of a group that share a name it establishes one.\nMake one of the two, or give one a selector; let the API server choose ports and addresses.",
			Before: sidecar + `"}, spec: egress: [{hosts: ["./*"]}]}, {apiVersion: "networking.istio.io/v1", kind: "Sidecar", metadata: {name: "other", namespace: "istio-system"}, spec: egress: [{hosts: ["istio-system/*"]}]}]`,
			After:  sidecar + `"}, spec: egress: [{hosts: ["./*", "istio-system/*"]}]}]`,
		},
		{
			Code: "MG5067", Since: "0.2.0", Severity: diag.Warning, Also: diag.Error,
			Title:  "A part of an object has no effect",
			Text:   "istiod takes the object and passes over a part of it: a rule or a match behind one that takes all that it matches, hosts that the Gateway does not serve, a route by a claim where nobody reads tokens, a selector on a waypoint, HTTP in a policy on ambient pods (an error), a policy that no proxy takes, as one with targetRefs for a Service without a waypoint, or without them on ambient pods (an error where it keeps callers out), a subset without pods, an operation of an EnvoyFilter that does not go with what it patches, a container that runs as the sidecar's user, a label of a revision that no control plane has. So do Flux and Argo CD with annotations whose values they do not know; by some that they know they leave an object alone, an error on a namespace of the intent.\nChange what the diagnostic names, or remove it.",
			Before: ineffective + `{route: [{destination: {host: "istiod", port: number: 15014}}]}, {match: [{uri: prefix: "/new"}], route: [{destination: {host: "istiod", port: number: 15014}}]}]}}]`,
			After:  ineffective + `{match: [{uri: prefix: "/new"}], route: [{destination: {host: "istiod", port: number: 15014}}]}, {route: [{destination: {host: "istiod", port: number: 15014}}]}]}}]`,
		},
		{
			Code: "MG5068", Since: "0.2.0", Severity: diag.Warning,
			Title:  "Two objects contradict each other",
			Text:   "Two objects say different things of the same host: VirtualServices of the mesh, rules of VirtualServices on one Gateway that take the same requests, routes of Gateway API with the same match for one parent, subsets or traffic policies of DestinationRules, servers of Gateways that end TLS, protocols of ServiceEntries. istiod takes one, by the age of the objects or their names, and passes over the other. Or two controllers select the same pods, and addresses are written for a Service whose pods Kubernetes looks for.\nPut what they say into one object, or change one of the two.",
			Before: contrary + `subsets: [{name: "v1", labels: version: "v1"}]}}, ` + second + `subsets: [{name: "v1", labels: version: "1"}]}}]`,
			After:  contrary + `subsets: [{name: "v1", labels: version: "v1"}]}}, ` + second + `subsets: [{name: "v2", labels: version: "2"}]}}]`,
		},
		{
			Code: "MG5069", Since: "0.2.0", Severity: diag.Warning,
			Title:  "An object does what nobody means",
			Text:   "istiod does as it is told, and that is not what it looks like: a star in the middle of a value of an AuthorizationPolicy stands for itself, so that a DENY stops nothing; a CORS policy for every origin that allows credentials lets each site act in the name of whoever visits it; a container opens a port that its proxy has. A Job that goes by itself once it has ended is made anew by Flux and Argo CD, and runs again; Flux takes a hook of Helm for an object like others, and Argo CD never applies one for helm test.\nWrite what is meant: a star at the beginning or the end, {*} for a segment of a path, origins by their names.",
			Before: guard + `"/users/*/orders"]}}]}]}}]`,
			After:  guard + `"/users/{*}/orders"]}}]}]}}]`,
		},
		{
			Code: "MG5074", Since: "0.2.0", Severity: diag.Error,
			Title:  "A namespace refuses pods that run in it",
			Text:   "The label pod-security.kubernetes.io/enforce lets only pods of a level into the namespace. The API server takes the Deployment and refuses its pods, and nothing runs: istio-init of sidecars needs more than baseline, and so do ztunnel and the CNI node agent; no gateway is restricted without a seccomp profile.\nLower the level, move what needs more, or let the CNI node agent do what istio-init does.",
			Before: "namespaces: shop: {mesh: true, labels: \"pod-security.kubernetes.io/enforce\": \"baseline\"}",
			After:  "namespaces: shop: {mesh: true, labels: \"pod-security.kubernetes.io/enforce\": \"baseline\"}\ndataPlane: cni: enabled: true\nnamespaces: \"istio-system\": labels: \"pod-security.kubernetes.io/enforce\": \"privileged\"",
		},
		{
			Code: "MG5075", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "An object comes in a layer before something that it needs",
			Text:   "A layer is delivered when the one before it is ready. An object before its namespace or its CustomResourceDefinition is refused, and pods without their ConfigMap, Secret, claim, account or class do not start: the layer is never ready, and what is missing, in a later one, never comes. A webhook that fails closed and comes before its Service or its pods refuses what its rules catch in the layers between, and so keeps them out. A claim that waits for a pod of a later layer, a Deployment that is paused and the like are never ready, and the layers behind theirs never come. A warning where an object of Istio's comes with istiod or before it, whose webhook refuses it while istiod does not answer, and where pods are made before anything injects their sidecars.\nRemove the layer from the manifest, or give both the same one.",
			Before: "manifests: tools: {layer: \"60-traffic\", objects: [{apiVersion: \"v1\", kind: \"Namespace\", metadata: name: \"tools\"}]}\n" + `manifests: motd: {layer: "40-gateways", objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "tools"}}]}`,
			After:  "manifests: tools: objects: [{apiVersion: \"v1\", kind: \"Namespace\", metadata: name: \"tools\"}]\n" + `manifests: motd: {layer: "40-gateways", objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "tools"}}]}`,
		},
	}
}
