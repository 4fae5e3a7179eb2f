package intent

// Gateway is schema.#Gateway.
type Gateway struct {
	Kind             string            `json:"kind"`
	API              string            `json:"api"`
	Namespace        string            `json:"namespace"`
	Replicas         int               `json:"replicas"`
	Autoscaling      *Autoscaling      `json:"autoscaling"`
	Size             Size              `json:"size"`
	Resources        Resources         `json:"resources"`
	Placement        Placement         `json:"placement"`
	DisruptionBudget *DisruptionBudget `json:"disruptionBudget"`
	Service          GatewayService    `json:"service"`
	Address          string            `json:"address"`
	Pool             string            `json:"pool"`
	Servers          map[string]Server `json:"servers"`
}

// GatewayService is the field service of schema.#Gateway.
type GatewayService struct {
	Type                  string            `json:"type"`
	Annotations           map[string]string `json:"annotations"`
	ExternalTrafficPolicy string            `json:"externalTrafficPolicy"`
	LoadBalancerClass     string            `json:"loadBalancerClass"`
}

// Server is schema.#Server.
type Server struct {
	Hosts    []string   `json:"hosts"`
	Port     int        `json:"port"`
	Protocol string     `json:"protocol"`
	TLS      *ServerTLS `json:"tls"`
}

// ServerTLS is the field tls of schema.#Server.
type ServerTLS struct {
	Secret       string `json:"secret"`
	Issuer       string `json:"issuer"`
	IssuerKind   string `json:"issuerKind"`
	Mode         string `json:"mode"`
	MinVersion   string `json:"minVersion"`
	RedirectHTTP bool   `json:"redirectHTTP"`
}

// Service is schema.#Service.
type Service struct {
	Namespace string            `json:"namespace"`
	Port      int               `json:"port"`
	Subsets   map[string]Subset `json:"subsets"`
}

// Subset is one subset of schema.#Service.
type Subset struct {
	Labels map[string]string `json:"labels"`
}

// Route is schema.#Route.
type Route struct {
	Gateway string      `json:"gateway"`
	Hosts   []string    `json:"hosts"`
	Rules   []RouteRule `json:"rules"`
}

// RouteRule is schema.#RouteRule.
type RouteRule struct {
	Match   []RouteMatch  `json:"match"`
	To      []Destination `json:"to"`
	Timeout string        `json:"timeout"`
	Retries *Retries      `json:"retries"`
}

// RouteMatch is one match of schema.#RouteRule.
type RouteMatch struct {
	Prefix  string            `json:"prefix"`
	Exact   string            `json:"exact"`
	Headers map[string]string `json:"headers"`
	Method  string            `json:"method"`
}

// Destination is schema.#Destination.
type Destination struct {
	Service string `json:"service"`
	Subset  string `json:"subset"`
	Weight  int    `json:"weight"`
}

// Retries is the field retries of schema.#RouteRule.
type Retries struct {
	Attempts      int    `json:"attempts"`
	PerTryTimeout string `json:"perTryTimeout"`
	On            string `json:"on"`
}

// Authorization is schema.#Authorization.
type Authorization struct {
	Default string              `json:"default"`
	Issuers map[string]Issuer   `json:"issuers"`
	Rules   map[string]AuthRule `json:"rules"`
}

// Issuer is one issuer of schema.#Authorization.
type Issuer struct {
	Issuer       string   `json:"issuer"`
	JWKS         string   `json:"jwks"`
	Audiences    []string `json:"audiences"`
	ForwardToken bool     `json:"forwardToken"`
}

// AuthRule is one rule of schema.#Authorization.
type AuthRule struct {
	Action string `json:"action"`
	To     struct {
		Namespace string            `json:"namespace"`
		Gateway   string            `json:"gateway"`
		Labels    map[string]string `json:"labels"`
		Paths     []string          `json:"paths"`
		Methods   []string          `json:"methods"`
		Ports     []int             `json:"ports"`
	} `json:"to"`
	From struct {
		Namespaces      []string `json:"namespaces"`
		Gateways        []string `json:"gateways"`
		ServiceAccounts []string `json:"serviceAccounts"`
		IPBlocks        []string `json:"ipBlocks"`
		Issuer          string   `json:"issuer"`
	} `json:"from"`
	When struct {
		Host string `json:"host"`
	} `json:"when"`
}

// Egress is schema.#Egress.
type Egress struct {
	Policy string                `json:"policy"`
	Hosts  map[string]EgressHost `json:"hosts"`
}

// EgressHost is one host of schema.#Egress.
type EgressHost struct {
	Host      string   `json:"host"`
	Addresses []string `json:"addresses"`
	Port      int      `json:"port"`
	Protocol  string   `json:"protocol"`
	Through   string   `json:"through"`
}
