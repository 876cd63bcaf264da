package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/moby/spdystream"
)

// grace is how long, after one direction of a forwarded connection has ended, the other may go on.
const grace = 10 * time.Second

// pair is the two streams of one forwarded connection.
type pair struct{ errors, data *spdystream.Stream }

func (s *server) portForward(w http.ResponseWriter, r *http.Request) {
	arrivals := make(chan *spdystream.Stream, 1)
	done := make(chan struct{})
	defer close(done)
	c := s.upgrade(w, r, protocolPorts, func(stream *spdystream.Stream, _ <-chan struct{}) error {
		if port, err := strconv.ParseUint(stream.Headers().Get(portHeader), 10, 16); err != nil || port == 0 {
			return fmt.Errorf("%s header: %q", portHeader, stream.Headers().Get(portHeader))
		}
		if kind := streamTypeOf(stream); kind != typeError && kind != typeData {
			return errors.New("no such type")
		}
		select {
		case arrivals <- stream:
			return nil
		case <-done:
			return errors.New("the session ends")
		}
	})
	if c == nil {
		return
	}
	defer c.close()

	var leave <-chan time.Time
	if s.leave > 0 {
		leave = time.After(s.leave)
	}
	pairs := map[string]*pair{}
	for {
		select {
		case <-leave:
			say("port-forward is left")
			return
		case <-c.spdy.CloseChan():
			say("port-forward ended with %d incomplete pairs", len(pairs))
			return
		case stream := <-arrivals:
			id := requestOf(stream)
			if pairs[id] == nil {
				pairs[id] = &pair{}
			}
			p := pairs[id]
			if streamTypeOf(stream) == typeError {
				p.errors = stream
			} else {
				p.data = stream
			}
			if p.errors != nil && p.data != nil {
				delete(pairs, id)
				go c.forward(p)
			}
		}
	}
}

// requestOf is the number that both streams of a connection carry. Old clients send none; they open the error
// stream first and the data stream next.
func requestOf(stream *spdystream.Stream) string {
	if id := stream.Headers().Get(requestID); id != "" {
		return id
	}
	id := stream.Identifier()
	if streamTypeOf(stream) == typeData {
		id -= 2
	}
	return "of stream " + strconv.Itoa(int(id))
}

// forward connects a pair of streams to the port they ask for, and ends both when it is done.
func (c *connection) forward(p *pair) {
	// The client may still have sent what the target did not take. Kubernetes' runtimes do not read it, and so a
	// worker of the library waits for ever, and with it a fifth of the streams and the end of the connection. The
	// peer reads it until the client has ended its half too.
	defer func() {
		go func() {
			io.Copy(io.Discard, p.data)
			c.forget(p.data)
			c.forget(p.errors)
		}()
	}()
	defer p.data.Close()
	defer p.errors.Close()
	port := p.data.Headers().Get(portHeader)
	target, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		say("port %s: %v", port, err)
		fmt.Fprintf(p.errors, "error forwarding port %s: %v", port, err)
		return
	}
	defer target.Close()

	ended := make(chan struct{}, 2)
	go func() {
		io.Copy(p.data, target)
		p.data.Close() // the client learns at once that no more comes
		ended <- struct{}{}
	}()
	go func() {
		io.Copy(target, p.data)
		target.(*net.TCPConn).CloseWrite()
		ended <- struct{}{}
	}()
	<-ended
	select {
	case <-ended:
	case <-time.After(grace):
		say("port %s: one direction still went on %v after the other had ended", port, grace)
	}
}
