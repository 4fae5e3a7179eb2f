package xds

import "net/netip"

// Caller is who opens a connection.
type Caller struct {
	Namespace, Account string     // by its certificate; both "" when it speaks plain text
	IP                 netip.Addr // the zero address is one that no intent speaks of
}

// Plain is a caller outside the mesh.
func Plain() Caller { return Caller{} }

// Meshed is a caller with a certificate of the mesh.
func Meshed(namespace, account string) Caller { return Caller{Namespace: namespace, Account: account} }

// identity returns the name in the caller's certificate, without spiffe://; "" if it has none.
func (c Caller) identity() string {
	if c.Namespace == "" {
		return ""
	}
	return "cluster.local/ns/" + c.Namespace + "/sa/" + c.Account
}

// from returns the caller's address.
func (c Caller) from() netip.Addr {
	if c.IP.IsValid() {
		return c.IP
	}
	return netip.MustParseAddr("192.0.2.77")
}
