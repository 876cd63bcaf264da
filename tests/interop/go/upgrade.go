package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	protocolHeader = "X-Stream-Protocol-Version"
	acceptedHeader = "X-Accepted-Stream-Protocol-Versions"
	spdyToken      = "SPDY/3.1"
	protocolV4     = "v4.channel.k8s.io"
	protocolPorts  = "portforward.k8s.io"
)

// What a client offers for exec, the best first.
var execProtocols = []string{protocolV4, "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"}

// dial connects and asks for the upgrade.
func dial(address, path string, query url.Values, protocols []string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	target := &url.URL{Scheme: "http", Host: address, Path: path, RawQuery: query.Encode()}
	request := &http.Request{Method: "POST", URL: target, Host: address, Header: http.Header{
		"Connection":   {"Upgrade"},
		"Upgrade":      {spdyToken},
		protocolHeader: protocols,
	}}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(response.Body)
		return nil, fmt.Errorf("the upgrade was answered with %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	if got := response.Header.Get("Upgrade"); !strings.EqualFold(got, spdyToken) {
		return nil, fmt.Errorf("the server upgrades to %q", got)
	}
	if got := response.Header.Get("Connection"); !strings.Contains(strings.ToLower(got), "upgrade") {
		return nil, fmt.Errorf("the 101 response has the Connection header %q", got)
	}
	if got := response.Header.Values(protocolHeader); len(got) != 1 || got[0] != protocols[0] {
		return nil, fmt.Errorf("the server chose the subprotocols %q of %q", got, protocols)
	}
	// client-go goes on with the connection and forgets this reader, and with it whatever the server sent behind
	// its 101. A server that does so would desynchronise it, so that is an error here.
	if n := reader.Buffered(); n > 0 {
		return nil, fmt.Errorf("%d bytes came behind the 101 response; client-go loses them", n)
	}
	return conn, nil
}

// bufferedConn reads first what the HTTP server has read ahead.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// acceptUpgrade answers 101 and takes the connection from the HTTP server. If the request is no good it writes the
// answer that Kubernetes gives.
func acceptUpgrade(w http.ResponseWriter, r *http.Request, supported string) (net.Conn, error) {
	var offered []string
	for _, line := range r.Header.Values(protocolHeader) {
		for _, one := range strings.Split(line, ",") {
			offered = append(offered, strings.TrimSpace(one))
		}
	}
	refuse := func(status int, reason string) (net.Conn, error) {
		http.Error(w, reason, status)
		return nil, errors.New(reason)
	}
	switch {
	case len(offered) == 0:
		return refuse(http.StatusBadRequest, "unable to upgrade: "+protocolHeader+" is required")
	case !contains(offered, supported):
		w.Header().Add(acceptedHeader, supported)
		return refuse(http.StatusForbidden, fmt.Sprintf("unable to upgrade: none of %q is supported", offered))
	case !strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade"),
		!strings.EqualFold(r.Header.Get("Upgrade"), spdyToken):
		return refuse(http.StatusBadRequest, "unable to upgrade: the request has no upgrade to "+spdyToken)
	}
	w.Header().Set(protocolHeader, supported)
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", spdyToken)
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return bufferedConn{conn, buffered.Reader}, nil
}

func contains(list []string, wanted string) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}
