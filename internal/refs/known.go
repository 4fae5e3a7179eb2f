package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// exists says whether somebody makes an object: it is among the objects, or is
// made from one, or always there, or declared. Namespace is empty for kinds
// that belong to the whole cluster. Kind is written Kind.group.
func (f *finder) exists(kind, namespace, name string) bool {
	if !f.whole || name == "" || strings.Contains(name, "${") || strings.Contains(namespace, "${") {
		return true // what is left out is missed elsewhere; what is empty is for the API server to refuse; a placeholder is known later
	}
	bare, group, _ := strings.Cut(kind, ".")
	if _, ok := f.byID[object.ID{Group: group, Kind: bare, Namespace: namespace, Name: name}]; ok {
		return true
	}
	if f.made[thing{bare, namespace, name}] != nil || f.made[thing{bare, "", name}] != nil {
		return true
	}
	if test, ok := always[kind]; ok && test(f, namespace, name) {
		return true
	}
	return f.declares(bare, group, namespace, name)
}

// declares says whether the intent's external names an object; an empty name
// asks for any.
func (f *finder) declares(kind, group, namespace, name string) bool {
	return slices.ContainsFunc(f.mesh.External, func(e model.External) bool {
		return e.Kind == kind && (e.Group == "" || e.Group == group) &&
			fits(e.Namespace, namespace) && (name == "" || fits(e.Name, name))
	})
}

// fits says whether a name is as a pattern has it; a pattern may end in *.
func fits(pattern, name string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return pattern == name
}

// reference writes a thing as the intent's external takes it.
func reference(kind, namespace, name string) string {
	bare, group, _ := strings.Cut(kind, ".")
	if ambiguous[bare] {
		bare += "." + group
	}
	if namespace != "" {
		bare += "/" + namespace
	}
	return bare + "/" + name
}

// ambiguous are the kinds that two groups have.
var ambiguous = map[string]bool{"Gateway": true}

// show writes a thing as messages do.
func show(kind, namespace, name string) string {
	bare, group, _ := strings.Cut(kind, ".")
	return object.ID{Kind: bare, Group: group, Namespace: namespace, Name: name}.String()
}

// nearest returns the name of an object of a kind and a namespace that is
// nearly a name, or "".
func (f *finder) nearest(kind, namespace, name string) string {
	var names []string
	for _, s := range f.byKind[kind] {
		if s.id.Namespace == namespace {
			names = append(names, s.id.Name)
		}
	}
	bare, _, _ := strings.Cut(kind, ".")
	for t := range f.made {
		if t.kind == bare && (t.namespace == namespace || t.namespace == "") {
			names = append(names, t.name)
		}
	}
	for _, service := range f.mesh.Services {
		if kind == "Service." && service.Namespace == namespace {
			names = append(names, service.Name)
		}
	}
	slices.Sort(names) // some come from a map
	return diag.Nearest(name, names)
}

// remedy says what to type where something is missing.
func (f *finder) remedy(keys []string, kind, namespace, name string) string {
	if near := f.nearest(kind, namespace, name); near != "" {
		return fmt.Sprintf("set %s to %q", field(keys), near)
	}
	return fmt.Sprintf("add the object to manifests, or declare who makes it: external: %q: \"...\"", reference(kind, namespace, name))
}

// always are the objects of a kind that are there although nobody renders them.
var always = map[string]func(f *finder, namespace, name string) bool{
	"GitRepository.source.toolkit.fluxcd.io": func(f *finder, namespace, name string) bool { return f.ofEngine("GitRepository", namespace, name) },
	"AppProject.argoproj.io": func(f *finder, namespace, name string) bool {
		return name == "default" || f.ofEngine("AppProject", namespace, name)
	},
	"ConfigMap.": func(f *finder, namespace, name string) bool {
		// kube-controller-manager and istiod, or istio-csr, put theirs into every namespace.
		return slices.Contains([]string{"kube-root-ca.crt", "istio-ca-root-cert", "istio-ca-crl"}, name) || ofKubernetes(namespace) || f.ofEngine("ConfigMap", namespace, name)
	},
	"Secret.": func(f *finder, namespace, name string) bool {
		return ofKubernetes(namespace) || slices.Contains(f.mesh.Istio.PullSecrets, name) || f.gatewaySecret(namespace, name) || f.ofEngine("Secret", namespace, name)
	},
	"ServiceAccount.": func(_ *finder, namespace, name string) bool {
		return name == "default" || ofKubernetes(namespace)
	},
	"Service.": func(f *finder, namespace, name string) bool {
		return namespace == "default" && name == "kubernetes" || ofKubernetes(namespace) || f.declaredService(namespace, name) != nil
	},
	"Namespace.": func(f *finder, _, name string) bool {
		return name == "default" || ofKubernetes(name) || f.speaksOf(name)
	},
	// plugin/pkg/auth/authorizer/rbac/bootstrappolicy of Kubernetes.
	"ClusterRole.rbac.authorization.k8s.io": func(_ *finder, _, name string) bool {
		return slices.Contains([]string{"admin", "cluster-admin", "edit", "view"}, name) || strings.HasPrefix(name, "system:")
	},
	"Role.rbac.authorization.k8s.io": func(_ *finder, namespace, name string) bool {
		return ofKubernetes(namespace) || strings.HasPrefix(name, "system:")
	},
	// Kubernetes' own two, scheduling.k8s.io/v1.
	"PriorityClass.scheduling.k8s.io": func(_ *finder, _, name string) bool { return strings.HasPrefix(name, "system-") },
	// istiod makes these: pilot/pkg/config/kube/gatewaycommon of Istio.
	"GatewayClass.gateway.networking.k8s.io": func(_ *finder, _, name string) bool {
		return slices.Contains([]string{"istio", "istio-remote", "istio-waypoint", "istio-east-west", "istio-agentgateway"}, name)
	},
	"IngressClass.networking.k8s.io": func(f *finder, _, name string) bool {
		c := f.mesh.Cluster
		k3s := c.Platform == "k3s" || c.Platform == "k3d" || c.Platform == "rke2"
		return name == "istio" || k3s && name == "traefik" && !slices.Contains(c.Disabled, "traefik") || c.Platform == "rke2" && name == "nginx"
	},
	"StorageClass.storage.k8s.io": func(f *finder, _, name string) bool {
		c := f.mesh.Cluster
		return slices.Contains(storageClasses[c.Platform], name) && !(name == "local-path" && slices.Contains(c.Disabled, "local-storage"))
	},
	"Issuer.cert-manager.io": func(f *finder, namespace, name string) bool {
		return f.namesIssuer("Issuer", namespace, name)
	},
	"ClusterIssuer.cert-manager.io": func(f *finder, _, name string) bool { return f.namesIssuer("ClusterIssuer", "", name) },
}

// storageClasses are what platforms bring, by their documentation.
var storageClasses = map[string][]string{
	"k3s":      {"local-path"},
	"k3d":      {"local-path"},
	"kind":     {"standard"},
	"minikube": {"standard"},
	"microk8s": {"microk8s-hostpath"},
	"gke":      {"standard", "standard-rwo", "premium-rwo"},
	"eks":      {"gp2"},
	"aks":      {"default", "managed", "managed-csi", "managed-csi-premium", "managed-premium", "azurefile", "azurefile-csi", "azurefile-premium", "azurefile-csi-premium"},
}

// ofKubernetes says whether a namespace is Kubernetes' own: what is in it the
// platform brings.
func ofKubernetes(namespace string) bool {
	return namespace == "kube-system" || namespace == "kube-public" || namespace == "kube-node-lease"
}

// speaksOf says whether the intent names a namespace that others make.
func (f *finder) speaksOf(name string) bool {
	m := f.mesh
	return slices.ContainsFunc(m.Namespaces, func(n model.Namespace) bool { return n.Name == name && !n.Create }) ||
		m.Cluster.MetalLB != nil && m.Cluster.MetalLB.Namespace == name ||
		m.IstioCSR != nil && m.IstioCSR.Namespace == name ||
		m.GitOps != nil && m.GitOps.Namespace == name
}

// gatewaySecret says whether the intent names a certificate's Secret. A gateway
// that asks clients for theirs may find the CA in a second one.
func (f *finder) gatewaySecret(namespace, name string) bool {
	name = strings.TrimSuffix(name, "-cacert")
	for _, g := range f.mesh.Gateways {
		for _, s := range g.Servers {
			if g.Namespace == namespace && s.TLS != nil && s.TLS.Secret == name {
				return true
			}
		}
	}
	return false
}

func (f *finder) namesIssuer(kind, namespace, name string) bool {
	if csr := f.mesh.IstioCSR; csr != nil && csr.Kind == kind && csr.Issuer == name && (namespace == "" || namespace == model.RootNamespace) {
		return true
	}
	for _, g := range f.mesh.Gateways {
		for _, s := range g.Servers {
			if s.TLS != nil && s.TLS.Issuer == name && s.TLS.IssuerKind == kind && (namespace == "" || namespace == g.Namespace) {
				return true
			}
		}
	}
	return false
}

// declaredService returns the Service that the intent's services declare, or nil.
func (f *finder) declaredService(namespace, name string) *model.Service {
	for i, s := range f.mesh.Services {
		if s.Name == name && s.Namespace == namespace {
			return &f.mesh.Services[i]
		}
	}
	return nil
}
