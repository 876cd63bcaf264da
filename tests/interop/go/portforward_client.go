package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

type forwarder struct {
	conn   *connection
	remote string
	last   int32 // the number of the connection before the next one
}

func portForwardProgram(flags *flag.FlagSet, args []string) (int, error) {
	f := &forwarder{last: -1}
	server := flags.String("server", "", "`address` of the server")
	pingMS := flags.Int("ping-ms", 0, "`milliseconds` between PINGs, each answer printed to stderr; 0: every 5 s, silently")
	flags.Parse(args)
	ports := strings.Split(flags.Arg(0), ":")
	if *server == "" || flags.NArg() != 1 || len(ports) != 2 {
		return 2, errors.New("wants --server ADDR … LOCAL:REMOTE")
	}
	f.remote = ports[1]

	conn, err := dial(*server, "/portforward", nil, []string{protocolPorts})
	if err != nil {
		return 1, err
	}
	if f.conn, err = newClient(conn); err != nil {
		return 1, err
	}
	defer f.conn.close()
	startPinging(f.conn, *pingMS)

	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", ports[0]))
	if err != nil {
		return 1, err
	}
	say("forwarding %s -> %s", listener.Addr(), f.remote)
	go func() {
		for {
			local, err := listener.Accept()
			if err != nil {
				return
			}
			go f.handle(local.(*net.TCPConn))
		}
	}()
	<-f.conn.spdy.CloseChan()
	return 1, errors.New("lost the connection to the server")
}

// handle forwards one connection. An error of this connection that the server reports ends the whole session:
// that is what client-go does.
func (f *forwarder) handle(local *net.TCPConn) {
	defer local.Close()
	id := strconv.Itoa(int(atomic.AddInt32(&f.last, 1)))
	complain := func(what string, err error) { fmt.Fprintf(os.Stderr, "connection %s: %s: %v\n", id, what, err) }

	errorStream, err := f.conn.open(streamType, typeError, portHeader, f.remote, requestID, id)
	if err != nil {
		complain("the error stream", err)
		return
	}
	defer f.conn.forget(errorStream)
	errorStream.Close() // nothing is ever sent on it
	reported := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(errorStream)
		reported <- string(text)
	}()

	data, err := f.conn.open(streamType, typeData, portHeader, f.remote, requestID, id)
	if err != nil {
		complain("the data stream", err)
		return
	}
	defer f.conn.forget(data)

	downloaded, broken := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(downloaded)
		io.Copy(local, data)
	}()
	go func() {
		defer data.Close()
		if _, err := io.Copy(data, local); err != nil && !errors.Is(err, net.ErrClosed) {
			close(broken)
		}
	}()
	select {
	case <-downloaded:
	case <-broken:
	}
	// What was not read of the stream must go before the error stream is waited for: both may have the same worker.
	// No RST_STREAM is sent if our FIN was: the library never sends both.
	data.Reset()
	if text := <-reported; text != "" {
		complain("the server says", errors.New(text))
		f.conn.close()
	}
}
