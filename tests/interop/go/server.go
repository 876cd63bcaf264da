package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

var errRefused = errors.New("refused")

type server struct {
	pingEvery time.Duration // 0: no PINGs
	refuse    string        // type of the streams that get RST_STREAM(REFUSED_STREAM)
	reject    string        // type of the streams that get RST_STREAM(CANCEL), the kubelet's way
	finish    bool          // at the end of an exec, FIN on every stream instead of RST_STREAM on the open ones
	frame     int           // size of the DATA frames of cat and yes; 0: as they come
	leave     time.Duration // when a port-forward ends from the server's side; 0: never
}

func serverProgram(flags *flag.FlagSet, args []string) (int, error) {
	s := &server{}
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on")
	pingMS := flags.Int("ping-ms", 0, "`milliseconds` between the PINGs on each connection; 0: none")
	leaveMS := flags.Int("leave-after-ms", 0, "after so many `milliseconds`, leave each port-forward in order; 0: never")
	flags.StringVar(&s.refuse, "refuse", "", "answer streams of this `type` with RST_STREAM(REFUSED_STREAM)")
	flags.StringVar(&s.reject, "reject", "", "answer streams of this `type` with RST_STREAM(CANCEL)")
	flags.BoolVar(&s.finish, "finish", false, "end an exec with a FIN on each of its streams")
	flags.IntVar(&s.frame, "frame", 0, "`bytes` of output in each DATA frame of cat and yes; 0: whatever one read returns")
	flags.Parse(args)
	s.pingEvery = time.Duration(*pingMS) * time.Millisecond
	s.leave = time.Duration(*leaveMS) * time.Millisecond

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return 1, err
	}
	say("listening on %s", listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("/exec", s.exec)
	mux.HandleFunc("/attach", s.attach)
	mux.HandleFunc("/portforward", s.portForward)
	return 1, http.Serve(listener, mux)
}

// upgrade is what both paths begin with. `accept` judges the streams that the server's options let through.
func (s *server) upgrade(w http.ResponseWriter, r *http.Request, protocol string,
	accept func(*spdystream.Stream, <-chan struct{}) error) *connection {
	conn, err := acceptUpgrade(w, r, protocol)
	if err != nil {
		say("no upgrade: %v", err)
		return nil
	}
	c, err := newServer(conn, func(stream *spdystream.Stream, replied <-chan struct{}) error {
		switch streamTypeOf(stream) {
		case "":
			return errors.New("no " + streamType + " header")
		case s.refuse:
			return errRefused
		case s.reject:
			return errors.New("as the options say")
		}
		return accept(stream, replied)
	})
	if err != nil {
		conn.Close()
		say("no SPDY connection: %v", err)
		return nil
	}
	if s.pingEvery > 0 {
		go c.pingForever(s.pingEvery, func() { say("pong") })
	}
	return c
}

var sayLock sync.Mutex

// say prints a line for the test that runs the server.
func say(format string, values ...interface{}) {
	sayLock.Lock()
	defer sayLock.Unlock()
	fmt.Printf(format+"\n", values...)
}
