package intent

// Telemetry is schema.#Telemetry.
type Telemetry struct {
	Providers  map[string]Provider `json:"providers"`
	AccessLogs *AccessLogs         `json:"accessLogs"`
	Tracing    *Tracing            `json:"tracing"`
	Monitors   *Monitors           `json:"monitors"`
	Kiali      *Kiali              `json:"kiali"`
}

// Provider is schema.#Provider.
type Provider struct {
	OpenTelemetry *Endpoint `json:"opentelemetry"`
	Zipkin        *Endpoint `json:"zipkin"`
	EnvoyOtelALS  *Endpoint `json:"envoyOtelAls"`
	Prometheus    *struct{} `json:"prometheus"`
}

// Endpoint is schema.#Endpoint; only an opentelemetry provider has HTTP.
type Endpoint struct {
	Service string `json:"service"`
	Port    int    `json:"port"`
	HTTP    *struct {
		Path string `json:"path"`
	} `json:"http"`
}

// AccessLogs is the field accessLogs of schema.#Telemetry.
type AccessLogs struct {
	Format   string `json:"format"`
	Filter   string `json:"filter"`
	Provider string `json:"provider"`
}

// Tracing is the field tracing of schema.#Telemetry.
type Tracing struct {
	Provider string            `json:"provider"`
	Sampling float64           `json:"sampling"`
	Tags     map[string]string `json:"tags"`
}

// Monitors is the field monitors of schema.#Telemetry.
type Monitors struct {
	Interval string            `json:"interval"`
	Labels   map[string]string `json:"labels"`
}

// Kiali is the field kiali of schema.#Telemetry.
type Kiali struct {
	Namespace  string `json:"namespace"`
	Prometheus string `json:"prometheus"`
	Grafana    *struct {
		Internal string `json:"internal"`
		External string `json:"external"`
	} `json:"grafana"`
	Tracing *struct {
		Provider string `json:"provider"`
		Internal string `json:"internal"`
		External string `json:"external"`
	} `json:"tracing"`
	Auth *struct {
		OpenID *struct {
			ClientID    string `json:"clientID"`
			Issuer      string `json:"issuer"`
			DisableRBAC bool   `json:"disableRBAC"`
		} `json:"openid"`
	} `json:"auth"`
}
