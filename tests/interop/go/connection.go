package main

import (
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

// Names of Kubernetes' stream headers and their values. spdystream writes them in lower case.
const (
	streamType     = "streamType"
	portHeader     = "port"
	requestID      = "requestID"
	typeError      = "error"
	typeStdin      = "stdin"
	typeStdout     = "stdout"
	typeStderr     = "stderr"
	typeResize     = "resize"
	typeData       = "data"
	replyTimeout   = 30 * time.Second // how long a client waits for a SYN_REPLY, and a server for all streams of an exec
	defaultPinging = 5 * time.Second
)

// connection is a SPDY connection that knows which of its streams are still in use, because that is how
// Kubernetes ends one: it resets them all and then sends GOAWAY.
type connection struct {
	spdy *spdystream.Connection

	lock    sync.Mutex
	streams map[*spdystream.Stream]bool
}

// newClient takes over a connection whose upgrade is done.
func newClient(conn net.Conn) (*connection, error) {
	spdy, err := spdystream.NewConnection(conn, false)
	if err != nil {
		return nil, err
	}
	c := &connection{spdy: spdy, streams: map[*spdystream.Stream]bool{}}
	go spdy.Serve(spdystream.NoOpStreamHandler)
	return c, nil
}

// newServer takes over a connection whose upgrade is done. `accept` is called in the order in which streams
// arrive (within one of spdystream's workers); nil is answered by a SYN_REPLY without headers.
//
// The reply is sent by the worker that will handle the stream's DATA, before it does: DATA that comes after
// SYN_STREAM in the same packet would otherwise be dropped by the library.
func newServer(conn net.Conn, accept func(*spdystream.Stream, <-chan struct{}) error) (*connection, error) {
	spdy, err := spdystream.NewConnection(conn, true)
	if err != nil {
		return nil, err
	}
	c := &connection{spdy: spdy, streams: map[*spdystream.Stream]bool{}}
	go spdy.Serve(func(stream *spdystream.Stream) {
		replied := make(chan struct{})
		switch err := accept(stream, replied); {
		case err == errRefused:
			say("refused a stream of type %s", streamTypeOf(stream))
			stream.Refuse() // RST_STREAM(REFUSED_STREAM)
		case err != nil:
			say("rejected a stream of type %s: %v", streamTypeOf(stream), err)
			stream.Reset() // RST_STREAM(CANCEL)
		default:
			c.add(stream)
			stream.SendReply(http.Header{}, false)
			close(replied)
		}
	})
	return c, nil
}

func streamTypeOf(stream *spdystream.Stream) string { return stream.Headers().Get(streamType) }

func (c *connection) add(stream *spdystream.Stream) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.streams[stream] = true
}

// forget takes a stream out of those that `close` resets. The stream has ended, or is about to.
func (c *connection) forget(stream *spdystream.Stream) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.streams, stream)
}

// open creates a stream and waits for its SYN_REPLY.
func (c *connection) open(headers ...string) (*spdystream.Stream, error) {
	stream, err := c.openEagerly(headers...)
	if err == nil {
		err = stream.WaitTimeout(replyTimeout)
	}
	return stream, err
}

// openEagerly creates a stream and does not wait, which Kubernetes never does but the draft allows.
func (c *connection) openEagerly(headers ...string) (*spdystream.Stream, error) {
	list := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		list.Set(headers[i], headers[i+1])
	}
	stream, err := c.spdy.CreateStream(list, nil, false)
	if err == nil {
		c.add(stream)
	}
	return stream, err
}

// close resets what is not finished and sends GOAWAY. A stream of which we have sent the FIN gets no RST_STREAM:
// that is what the library does.
func (c *connection) close() {
	c.lock.Lock()
	defer c.lock.Unlock()
	for stream := range c.streams {
		stream.Reset()
	}
	c.streams = map[*spdystream.Stream]bool{}
	c.spdy.Close()
}

// pingForever sends a PING, waits for its answer, sleeps, and so on until the connection ends. Only one of these
// may run on a connection: the library's table of PINGs has no lock.
func (c *connection) pingForever(period time.Duration, answered func()) {
	for {
		select {
		case <-c.spdy.CloseChan():
			return
		case <-time.After(period):
		}
		if _, err := c.spdy.Ping(); err != nil {
			return
		}
		answered()
	}
}

// copyFrames copies with one DATA frame for every `size` bytes and one for the rest; with 0, one for each read,
// as io.Copy does it.
func copyFrames(to io.Writer, from io.Reader, size int) error {
	read := func(buffer []byte) (int, error) { return io.ReadFull(from, buffer) }
	if size == 0 {
		size, read = 32<<10, from.Read
	}
	buffer := make([]byte, size)
	for {
		n, err := read(buffer)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
