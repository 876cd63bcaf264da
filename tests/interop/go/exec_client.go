package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

type execClient struct {
	conn       *connection
	stdin, tty bool
	sizes      []string
	frame      int
	open       func(headers ...string) (*spdystream.Stream, error)
}

func execProgram(flags *flag.FlagSet, args []string) (int, error) {
	return commandProgram(flags, args, "/exec")
}

// attachProgram joins what runs there already: the streams are those of exec.
func attachProgram(flags *flag.FlagSet, args []string) (int, error) {
	return commandProgram(flags, args, "/attach")
}

func commandProgram(flags *flag.FlagSet, args []string, path string) (int, error) {
	e := &execClient{}
	server := flags.String("server", "", "`address` of the server")
	flags.BoolVar(&e.stdin, "stdin", false, "pass our stdin to the command")
	flags.BoolVar(&e.tty, "tty", false, "stdin is a terminal: no stderr stream, but one for its size")
	flags.IntVar(&e.frame, "frame", 0, "`bytes` of stdin in each DATA frame; 0: whatever one read returns")
	sizes := flags.String("sizes", "80x24", "with --tty, the sizes to tell one after the other: `WxH[,WxH…]`")
	eager := flags.Bool("eager", false, "do not wait for the SYN_REPLYs, neither to open the next stream nor to send")
	pingMS := flags.Int("ping-ms", 0, "`milliseconds` between PINGs, each answer printed to stderr; 0: every 5 s, silently")
	leaveMS := flags.Int("leave-after-ms", 0, "after so many `milliseconds`, go the orderly way while the command runs")
	flags.Parse(args)
	if *server == "" || (flags.NArg() > 0) != (path == "/exec") {
		return 2, errors.New("wants --server ADDR …, and exec -- COMMAND [ARG…]")
	}
	if e.tty {
		e.sizes = strings.Split(*sizes, ",")
	}

	query := url.Values{"command": flags.Args(), typeStdout: {"1"}}
	for name, is := range map[string]bool{typeStdin: e.stdin, typeStderr: !e.tty, "tty": e.tty} {
		if is {
			query.Set(name, "1")
		}
	}
	conn, err := dial(*server, path, query, execProtocols)
	if err != nil {
		return 1, err
	}
	if e.conn, err = newClient(conn); err != nil {
		return 1, err
	}
	defer e.conn.close()
	e.open = e.conn.open
	if *eager {
		e.open = e.conn.openEagerly
	}
	startPinging(e.conn, *pingMS)

	type ending struct {
		code int
		err  error
	}
	ended := make(chan ending, 1)
	go func() {
		code, err := e.run()
		ended <- ending{code, err}
	}()
	var leave <-chan time.Time
	if *leaveMS > 0 {
		leave = time.After(time.Duration(*leaveMS) * time.Millisecond)
	}
	select {
	case end := <-ended:
		return end.code, end.err
	case <-leave:
		return 0, nil
	}
}

// startPinging sends PINGs as client-go does, or as often as the options say.
func startPinging(c *connection, milliseconds int) {
	if milliseconds == 0 {
		go c.pingForever(defaultPinging, func() {})
		return
	}
	go c.pingForever(time.Duration(milliseconds)*time.Millisecond, func() { fmt.Fprintln(os.Stderr, "pong") })
}

// run opens the streams in Kubernetes' order, copies, and returns the command's exit code.
func (e *execClient) run() (int, error) {
	streams := map[string]*spdystream.Stream{}
	for _, one := range []struct {
		name   string
		wanted bool
	}{
		{typeError, true}, {typeStdin, e.stdin}, {typeStdout, true}, {typeStderr, !e.tty}, {typeResize, e.tty},
	} {
		if one.wanted {
			stream, err := e.open(streamType, one.name)
			if err != nil {
				return 1, fmt.Errorf("cannot open the %s stream: %w", one.name, err)
			}
			streams[one.name] = stream
		}
	}

	type message struct {
		text []byte
		err  error
	}
	verdict := make(chan message, 1)
	go func() {
		text, err := io.ReadAll(streams[typeError])
		verdict <- message{text, err}
	}()
	if resize := streams[typeResize]; resize != nil {
		go e.tellSizes(resize)
	}
	if stdin := streams[typeStdin]; stdin != nil {
		e.copyStdin(stdin)
	}
	var outputs sync.WaitGroup
	for name, to := range map[string]*os.File{typeStdout: os.Stdout, typeStderr: os.Stderr} {
		if stream := streams[name]; stream != nil {
			outputs.Add(1)
			go func(stream *spdystream.Stream, to *os.File) {
				defer outputs.Done()
				// What cannot be written is still read: a stream that nobody reads stops its worker in the
				// library, and with it a fifth of the connection.
				defer io.Copy(io.Discard, stream)
				if _, err := io.Copy(to, stream); err != nil {
					fmt.Fprintln(os.Stderr, "peer exec:", err)
				}
			}(stream, to)
		}
	}
	outputs.Wait()
	last := <-verdict
	if last.err != nil {
		return 1, last.err
	}
	return exitCode(last.text)
}

// copyStdin copies in the background, and ends our half of stdin also when the server ends its own.
func (e *execClient) copyStdin(stream *spdystream.Stream) {
	var once sync.Once
	finish := func() { once.Do(func() { stream.Close() }) }
	go func() {
		defer finish()
		if err := copyFrames(stream, os.Stdin, e.frame); err != nil {
			fmt.Fprintln(os.Stderr, "peer exec: stdin:", err)
		}
	}()
	go func() {
		defer finish()
		io.Copy(io.Discard, stream)
	}()
}

func (e *execClient) tellSizes(stream io.Writer) {
	encoder := json.NewEncoder(stream)
	for _, text := range e.sizes {
		var size struct{ Width, Height uint16 }
		if _, err := fmt.Sscanf(text, "%dx%d", &size.Width, &size.Height); err != nil {
			fmt.Fprintf(os.Stderr, "peer exec: the size %q: %v\n", text, err)
			os.Exit(2)
		}
		if encoder.Encode(size) != nil {
			return
		}
	}
}

// exitCode reads the v4 status object. Nothing at all on the error stream is no success: the session broke.
func exitCode(text []byte) (int, error) {
	var end status
	if err := json.Unmarshal(text, &end); err != nil {
		return 1, fmt.Errorf("the error stream holds %q: %w", text, err)
	}
	if end.Status == success {
		return 0, nil
	}
	if end.Status == failure && end.Reason == reasonExit && end.Details != nil {
		for _, one := range end.Details.Causes {
			if one.Reason == causeExit {
				code, err := strconv.Atoi(one.Message)
				if err != nil || code < 1 || code > 255 {
					return 1, fmt.Errorf("the exit code %q is none", one.Message)
				}
				return code, errors.New(end.Message)
			}
		}
	}
	return 1, fmt.Errorf("%s: %s", end.Status, end.Message)
}
