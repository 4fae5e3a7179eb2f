package kube

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Options say what a cluster is to be.
type Options struct {
	// Minor is the Kubernetes that it is of, one of Minors whose program TestMain
	// has asked for; "" is Newest.
	Minor string

	// SchedulerOnly leaves out the controller manager and kwok: etcd, API server
	// and scheduler alone. Nothing makes pods of Deployments, and nothing taints
	// a node. It is Bare, and says which pod it decides on: see Arrange.
	SchedulerOnly bool

	// Bare spares Arrange what else it would have to wait for: pods need no
	// service account, and a new node has no taint until it is ready.
	Bare bool
}

// Cluster is a running control plane.
type Cluster struct {
	Minor      string       // of Kubernetes
	Dir        string       // state, keys and logs; gone when the test ends
	Config     *rest.Config // as a cluster administrator, without a limit of requests
	Kubeconfig string       // a file that says the same
	API        kubernetes.Interface
	Dynamic    dynamic.Interface

	mapper    *restmapper.DeferredDiscoveryRESTMapper
	server    *Process
	scheduler *Process
	cases     int    // how many Arrangements there were
	port      int    // the API server's, on 127.0.0.1
	loopback  string // 127.0.N.: addresses for what plays pods, such as istiod

	controlled bool // there is a controller manager

	bootstrap string // the file with the API server's own certificate
}

// users are the identities on a cluster, and their groups.
var users = [][2]string{
	{"admin", "system:masters"},
	{"system:kube-scheduler", ""},
	{"system:kube-controller-manager", "system:masters"}, // one client for all controllers starts 4 s faster than one each
	{"kwok", "system:masters"},
}

// started counts the clusters of this process, so that each has ports and
// addresses of its own.
var started atomic.Int32

// Start starts a control plane, and has it stopped and removed when the test ends.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	n := int(started.Add(1))
	if n > 250 {
		t.Fatal("one run of a suite cannot start more than 250 clusters")
	}
	c := &Cluster{Minor: cmp.Or(o.Minor, Newest()), Dir: t.TempDir(), port: 16000 + 20*n, loopback: fmt.Sprintf("127.0.%d.", n)}
	c.bootstrap = filepath.Join(c.Dir, "pki", "apiserver.crt")
	services := fmt.Sprintf("10.%d.0.0/20", n)
	anyIP(t, services)
	tokens := c.identities(t)
	c.serve(t, o, services)

	c.Config = &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", c.port),
		BearerToken:     tokens["admin"],
		TLSClientConfig: rest.TLSClientConfig{CAFile: c.bootstrap},
		QPS:             -1,
		WarningHandler:  rest.NoWarnings{},
	}
	c.connect(t)
	for user, token := range tokens {
		c.WriteKubeconfig(t, user, token)
	}
	c.Kubeconfig = filepath.Join(c.Dir, "admin.kubeconfig")
	c.control(t, o)
	return c
}

// anyIP makes every address of a range this machine's, so that the API server
// reaches a webhook by its Service's address, with no kube-proxy.
func anyIP(t testing.TB, cidr string) {
	t.Helper()
	_, dst, err := net.ParseCIDR(cidr)
	if err != nil {
		t.Fatal(err)
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	const localTable, local = 255, 2 // RT_TABLE_LOCAL, RTN_LOCAL
	route := &netlink.Route{LinkIndex: lo.Attrs().Index, Dst: dst, Table: localTable, Type: local, Scope: netlink.SCOPE_HOST}
	if err := netlink.RouteReplace(route); err != nil {
		t.Fatalf("a local route for %s: %v; does TestMain call kube.Main?", cidr, err)
	}
	t.Cleanup(func() { _ = netlink.RouteDel(route) }) // it goes with the namespace in any case
}

// identities writes the users' tokens and the key that signs service accounts'.
// It returns the tokens by user.
func (c *Cluster) identities(t testing.TB) map[string]string {
	t.Helper()
	tokens, file := map[string]string{}, ""
	for i, u := range users {
		tokens[u[0]] = rand.Text()
		file += fmt.Sprintf("%s,%s,%d,%q\n", tokens[u[0]], u[0], i, u[1])
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, "pki/tokens.csv", []byte(file))
	c.write(t, "pki/sa.key", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	c.write(t, "pki/sa.pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	return tokens
}

// write writes a file of the cluster's, which nobody else may read.
func (c *Cluster) write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(c.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts etcd and the API server.
func (c *Cluster) serve(t testing.TB, o Options, services string) {
	t.Helper()
	program := Path(t, KubernetesOf(c.Minor))
	clients, peers := fmt.Sprintf("http://127.0.0.1:%d", c.port+1), fmt.Sprintf("http://127.0.0.1:%d", c.port+2)
	etcd := Run(t, c.Dir, "etcd", nil, program, "etcd", "--name=bench", "--data-dir=etcd", "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+clients, "--advertise-client-urls="+clients,
		"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=bench="+peers)
	args := []string{
		"kube-apiserver", "--etcd-servers=" + clients, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.port),
		"--advertise-address=10.255.255.1", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=" + services,
		"--cert-dir=pki", // where it writes a certificate of its own making
		"--authorization-mode=Node,RBAC", "--token-auth-file=pki/tokens.csv", "--allow-privileged=true", "--enable-admission-plugins=NodeRestriction",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--api-audiences=https://kubernetes.default.svc.cluster.local,istio-ca",
		"--service-account-key-file=pki/sa.pub", "--service-account-signing-key-file=pki/sa.key",
		"--profiling=false",
	}
	if o.SchedulerOnly || o.Bare {
		args = append(args, "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition")
	}
	c.server = Run(t, c.Dir, "kube-apiserver", nil, program, args...)
	Eventually(t, time.Minute, "the API server's certificate", func() string {
		if info, err := os.Stat(c.bootstrap); err != nil || info.Size() == 0 {
			return "it is not there"
		}
		return ""
	}, etcd, c.server)
}

// connect makes the clients, and waits until the API server is ready.
func (c *Cluster) connect(t testing.TB) {
	t.Helper()
	var client *kubernetes.Clientset
	Eventually(t, time.Minute, "the API server", func() string {
		var err error
		if client, err = kubernetes.NewForConfig(c.Config); err != nil {
			return err.Error()
		}
		if _, err := client.RESTClient().Get().AbsPath("/readyz").DoRaw(context.Background()); err != nil {
			return err.Error()
		}
		return ""
	}, c.server)
	c.API = client
	c.Dynamic = dynamic.NewForConfigOrDie(c.Config)
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovery.NewDiscoveryClientForConfigOrDie(c.Config)))

}

// WriteKubeconfig writes a kubeconfig by which a user with a token reaches the
// cluster, and returns its path.
func (c *Cluster) WriteKubeconfig(t testing.TB, user, token string) string {
	t.Helper()
	config := api.NewConfig()
	config.Clusters["bench"] = &api.Cluster{Server: c.Config.Host, CertificateAuthority: c.bootstrap}
	config.AuthInfos[user] = &api.AuthInfo{Token: token}
	config.Contexts["bench"] = &api.Context{Cluster: "bench", AuthInfo: user}
	config.CurrentContext = "bench"
	text, err := clientcmd.Write(*config)
	if err != nil {
		t.Fatal(err)
	}
	return c.write(t, user+".kubeconfig", text)
}

// control starts what acts on objects: scheduler, controllers, kubelets' stand-in.
func (c *Cluster) control(t testing.TB, o Options) {
	t.Helper()
	program := Path(t, KubernetesOf(c.Minor))
	common := func(user string, port int) []string {
		config := user + ".kubeconfig"
		return []string{"--kubeconfig=" + config, "--authentication-kubeconfig=" + config, "--authorization-kubeconfig=" + config,
			"--authentication-skip-lookup=true", "--leader-elect=false", "--bind-address=127.0.0.1",
			fmt.Sprintf("--secure-port=%d", port), "--cert-dir=pki/" + user}
	}
	args := append([]string{"kube-scheduler", "--kube-api-qps=1000", "--kube-api-burst=2000"}, common("system:kube-scheduler", c.port+3)...)
	if o.SchedulerOnly {
		args = append(args, "--v=3") // it says which pod it decides on
	}
	c.scheduler = Run(t, c.Dir, "kube-scheduler", nil, program, args...)
	if o.SchedulerOnly {
		return
	}
	c.controlled = true
	args = append([]string{"kube-controller-manager", "--use-service-account-credentials=false", "--kube-api-qps=500", "--kube-api-burst=1000",
		"--service-account-private-key-file=pki/sa.key", "--root-ca-file=pki/apiserver.crt", "--node-monitor-grace-period=24h",
		"--controllers=*,-node-ipam-controller,-cloud-node-lifecycle-controller,-service-lb-controller,-node-route-controller"},
		common("system:kube-controller-manager", c.port+4)...)
	controllers := Run(t, c.Dir, "kube-controller-manager", nil, program, args...)
	kwok := Run(t, c.Dir, "kwok", nil, Path(t, Kwok), "--kubeconfig=kwok.kubeconfig", "--manage-all-nodes=true", "--cidr=10.244.0.0/16",
		"--node-ip=10.250.0.1", "--config="+c.write(t, "kwok-stages.yaml", stages), fmt.Sprintf("--server-address=127.0.0.1:%d", c.port+5))
	Eventually(t, time.Minute, "the controller manager to make the default service account", func() string {
		_, err := c.API.CoreV1().ServiceAccounts("default").Get(context.Background(), "default", metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		return ""
	}, c.server, c.scheduler, controllers, kwok)
}
