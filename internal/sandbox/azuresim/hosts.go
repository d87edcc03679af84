package azuresim

import (
	"net"
	"strings"
)

const (
	loginHost      = "login.sandbox.localhost"
	managementHost = "management.sandbox.localhost"
	vaultSuffix    = "vault.sandbox.localhost"
)

// Authority is the URL of Entra, for a credential's ActiveDirectoryAuthorityHost. It ends with a slash.
func (s *Server) Authority() string { return "https://" + s.urlHost(loginHost) + "/" }

// Management is the URL of Azure Resource Manager, without a slash at its end.
func (s *Server) Management() string { return "https://" + s.urlHost(managementHost) }

// VaultAudience is the resource that tokens for the data plane are made for; ask for VaultAudience()+"/.default".
// The audience of the public cloud, https://vault.azure.net, is accepted as well.
func (s *Server) VaultAudience() string { return "https://" + s.urlHost(vaultSuffix) }

// VaultSuffix is what follows a vault's name in its host, without the port and without a leading dot.
func (s *Server) VaultSuffix() string { return vaultSuffix }

// VaultURL is the URI that a vault of this name has or would have, with a slash at its end.
func (s *Server) VaultURL(name string) string {
	return "https://" + s.urlHost(strings.ToLower(name)+"."+vaultSuffix) + "/"
}

// Addr is the address the server listens on, as IP:port.
func (s *Server) Addr() string { return s.addr }

// Resolve says where a host of the simulator is reached, as IP:port; a port in host is ignored.
// It knows no vault that does not exist or is still being registered, as DNS would not.
func (s *Server) Resolve(host string) (addr string, ok bool) {
	name := hostName(host)
	switch {
	case name == loginHost, name == managementHost, name == "localhost":
		return s.addr, true
	case strings.HasSuffix(name, "."+vaultSuffix):
		return s.addr, s.vaultReachable(vaultOfHost(name))
	}
	return "", false
}

// vaultReachable tells whether DNS would know the vault: not before it is registered, not once it is deleted.
func (s *Server) vaultReachable(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.state.vaults[name]
	return v != nil && v.polls == 0
}

func (s *Server) urlHost(name string) string {
	if s.portless {
		return name
	}
	_, port, _ := net.SplitHostPort(s.addr)
	return net.JoinHostPort(name, port)
}

// linkHost is the host that a nextLink of the data plane names: Azure writes the default port out.
func (s *Server) linkHost(name string) string {
	if s.portless {
		return name + ":443"
	}
	return s.urlHost(name)
}

func hostName(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = h
	}
	return strings.ToLower(strings.TrimSuffix(hostport, "."))
}

func vaultOfHost(name string) string { return strings.TrimSuffix(name, "."+vaultSuffix) }
