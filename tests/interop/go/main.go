// Peer stands in for Kubernetes' own programs in the interop tests. It speaks SPDY/3.1 with spdystream, the library
// that the API server, the kubelet and kubectl use, and uses it as they do:
//
//	peer server [--listen ADDR] …                      the kubelet: /exec, /attach and /portforward
//	peer exec --server ADDR … -- COMMAND [ARG…]        kubectl exec
//	peer attach --server ADDR …                        kubectl attach
//	peer port-forward --server ADDR … LOCAL:REMOTE     kubectl port-forward
//	peer record --listen ADDR --to ADDR --prefix PATH  a relay that writes down both directions
//	peer sessions server|client …                      an end of random sessions: ../sessions/README.txt
//
// Built from two Debian packages, golang-go and golang-github-docker-spdystream-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o peer tests/interop/go/*.go
package main

import (
	"flag"
	"fmt"
	"os"
)

var programs = map[string]func(flags *flag.FlagSet, args []string) (int, error){
	"server":       serverProgram,
	"exec":         execProgram,
	"attach":       attachProgram,
	"port-forward": portForwardProgram,
	"record":       recordProgram,
	"sessions":     sessionsProgram,
}

func main() {
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peer server|exec|attach|port-forward|record|sessions [OPTION…]; --help after one of them tells its options")
		os.Exit(2)
	}
	name := os.Args[1]
	code, err := programs[name](flag.NewFlagSet("peer "+name, flag.ExitOnError), os.Args[2:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "peer %s: %v\n", name, err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}
