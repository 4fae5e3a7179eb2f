package kube

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// RunningIstiod is the real istiod at work on a cluster.
type RunningIstiod struct {
	*Process
	XDS        string // where proxies ask in plain text, address and port
	XDSTLS     string // and by TLS
	Monitoring string // base address of /metrics, and of /debug at Debug
	Debug      string
}

// StartIstiod runs istiod as the Deployment in the cluster wants it, which is
// the one of the revision, or the only one if that is "": its arguments, its
// environment, its service account, and so the rights that were rendered for it;
// its mesh config and injector templates it reads from the cluster by itself.
//
// Its Services are led to it. It is ready, and has written its CA into its
// webhooks' configurations, when StartIstiod returns. A Deployment that has its
// certificates from istio-csr gets them from the test.
func (c *Cluster) StartIstiod(t testing.TB, revision string) *RunningIstiod {
	t.Helper()
	d := c.istiodDeployment(t, revision)
	pod := d.Spec.Template.Spec
	main := pod.Containers[0]
	account := pod.ServiceAccountName
	hour := int64(24 * 3600)
	token, err := c.API.CoreV1().ServiceAccounts(d.Namespace).CreateToken(context.Background(), account,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &hour}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("a token for istiod's service account: %v", err)
	}
	config := c.WriteKubeconfig(t, d.Name, token.Status.Token)

	host := c.loopback + "10"
	if revision != "" {
		host = c.loopback + fmt.Sprint(11+len(revision)%200) // two revisions run side by side
	}
	at := func(port int) string { return net.JoinHostPort(host, fmt.Sprint(port)) }
	args := append([]string{}, main.Args...)
	args = append(args, "--kubeconfig="+config, "--httpAddr="+at(8080), "--httpsAddr="+at(15017),
		"--grpcAddr="+at(15010), "--secureGRPCAddr="+at(15012), "--monitoringAddr="+at(15014), "--ctrlz_port=0")
	env := []string{"POD_NAME=" + d.Name + "-0", "POD_NAMESPACE=" + d.Namespace, "SERVICE_ACCOUNT=" + account}
	for _, e := range main.Env {
		if e.ValueFrom == nil && e.Name != "KUBECONFIG" {
			env = append(env, e.Name+"="+e.Value)
		}
		if e.Name == "ENABLE_CA_SERVER" && e.Value == "false" {
			args = append(args, c.playIstioCSR(t, d)...)
		}
	}
	c.lead(t, d, host)
	out := &RunningIstiod{
		Process: Run(t, c.Dir, d.Name, env, Path(t, Istiod), args...),
		XDS:     at(15010), XDSTLS: at(15012), Monitoring: "http://" + at(15014), Debug: "http://" + at(8080),
	}
	Eventually(t, time.Minute, "istiod to be ready", func() string {
		answer, err := http.Get(out.Debug + "/ready")
		if err != nil {
			return err.Error()
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return answer.Status
		}
		return ""
	}, out.Process, c.server)
	Eventually(t, time.Minute, "istiod to write its CA into its webhooks", func() string { return c.webhooks(d) }, out.Process, c.server)
	return out
}

// istiodDeployment returns the Deployment of an istiod.
func (c *Cluster) istiodDeployment(t testing.TB, revision string) appsv1.Deployment {
	t.Helper()
	selector := "app=istiod"
	if revision != "" {
		selector += ",istio.io/rev=" + revision
	}
	list, err := c.API.AppsV1().Deployments("").List(context.Background(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 {
		t.Fatalf("the cluster has %d Deployments with %s, not one", len(list.Items), selector)
	}
	return list.Items[0]
}

// services returns the Services that lead to a Deployment.
func (c *Cluster) services(d appsv1.Deployment) ([]corev1.Service, error) {
	list, err := c.API.CoreV1().Services(d.Namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var out []corev1.Service
	for _, s := range list.Items {
		if len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(d.Spec.Template.Labels)) {
			out = append(out, s)
		}
	}
	return out, nil
}

// lead plays kube-proxy for the Services of a Deployment: what arrives at their
// addresses goes to the target ports at host.
func (c *Cluster) lead(t testing.TB, d appsv1.Deployment, host string) {
	t.Helper()
	services, err := c.services(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services {
		if s.Spec.ClusterIP == corev1.ClusterIPNone {
			continue
		}
		for _, p := range s.Spec.Ports {
			target := p.TargetPort.IntValue()
			if target == 0 {
				target = int(p.Port)
			}
			from, to := net.JoinHostPort(s.Spec.ClusterIP, fmt.Sprint(p.Port)), net.JoinHostPort(host, fmt.Sprint(target))
			listener, err := net.Listen("tcp", from)
			if err != nil {
				t.Fatalf("Service %s: %v", s.Name, err)
			}
			t.Cleanup(func() { listener.Close() })
			go forward(listener, to)
		}
	}
}

// forward hands what a listener accepts to another address, until it is closed.
func forward(listener net.Listener, to string) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			out, err := net.Dial("tcp", to)
			if err != nil {
				return // the caller sees a connection that ends, as from a kube-proxy without endpoints
			}
			defer out.Close()
			go func() {
				_, _ = io.Copy(out, in) // either side may hang up
				_ = out.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(in, out)
		}()
	}
}

// webhooks returns which of the webhooks that a Deployment answers has no CA
// yet, or lets everything through still; "" if all are ready.
func (c *Cluster) webhooks(d appsv1.Deployment) string {
	services, err := c.services(d)
	if err != nil {
		return err.Error()
	}
	ours := map[string]bool{}
	for _, s := range services {
		ours[s.Namespace+"/"+s.Name] = true
	}
	ctx := context.Background()
	mutating, err := c.API.AdmissionregistrationV1().MutatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	validating, err := c.API.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	var waiting []string
	for _, m := range mutating.Items {
		for _, w := range m.Webhooks {
			if s := w.ClientConfig.Service; s != nil && ours[s.Namespace+"/"+s.Name] && len(w.ClientConfig.CABundle) == 0 {
				waiting = append(waiting, m.Name+" "+w.Name)
			}
		}
	}
	for _, v := range validating.Items {
		for _, w := range v.Webhooks {
			ready := len(w.ClientConfig.CABundle) > 0 && w.FailurePolicy != nil && *w.FailurePolicy == "Fail"
			if s := w.ClientConfig.Service; s != nil && ours[s.Namespace+"/"+s.Name] && !ready {
				waiting = append(waiting, v.Name+" "+w.Name)
			}
		}
	}
	if len(waiting) > 0 {
		return "not yet: " + strings.Join(waiting, ", ")
	}
	return ""
}
