package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/moby/spdystream"
)

// status is the part of a v1.Status that the v4 subprotocol sends on the error stream.
type status struct {
	Metadata struct{} `json:"metadata"`
	Status   string   `json:"status,omitempty"`
	Message  string   `json:"message,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Details  *details `json:"details,omitempty"`
	Code     int      `json:"code,omitempty"`
}

type details struct {
	Causes []cause `json:"causes,omitempty"`
}

type cause struct {
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

const (
	success     = "Success"
	failure     = "Failure"
	reasonExit  = "NonZeroExitCode"
	causeExit   = "ExitCode"
	reasonOther = "InternalError"
)

func statusOf(err error) status {
	var exit exitError
	switch {
	case err == nil:
		return status{Status: success}
	case errors.As(err, &exit):
		code := strconv.Itoa(int(exit))
		return status{
			Status:  failure,
			Message: "command terminated with non-zero exit code: " + err.Error(),
			Reason:  reasonExit,
			Details: &details{Causes: []cause{{Reason: causeExit, Message: code}}},
		}
	default:
		message := "error executing command in container: " + err.Error()
		return status{
			Status:  failure,
			Message: "Internal error occurred: " + message,
			Reason:  reasonOther,
			Details: &details{Causes: []cause{{Message: message}}},
			Code:    http.StatusInternalServerError,
		}
	}
}

// arrival is a stream and the news that its SYN_REPLY is out.
type arrival struct {
	stream  *spdystream.Stream
	replied <-chan struct{}
}

func (s *server) exec(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	s.serveCommand(w, r, r.Form["command"])
}

// attach leads to a cat of the client's own.
func (s *server) attach(w http.ResponseWriter, r *http.Request) {
	s.serveCommand(w, r, []string{"cat"})
}

func (s *server) serveCommand(w http.ResponseWriter, r *http.Request, command []string) {
	asked := func(name string) bool { return r.FormValue(name) == "1" }
	tty := asked("tty")
	wanted := map[string]bool{
		typeError:  true,
		typeStdin:  asked(typeStdin),
		typeStdout: asked(typeStdout),
		typeStderr: asked(typeStderr) && !tty,
		typeResize: tty,
	}
	if !wanted[typeStdin] && !wanted[typeStdout] && !wanted[typeStderr] {
		http.Error(w, "you must specify at least 1 of stdin, stdout, stderr", http.StatusBadRequest)
		return
	}
	expected := 0
	for _, is := range wanted {
		if is {
			expected++
		}
	}

	arrivals := make(chan arrival, expected)
	c := s.upgrade(w, r, protocolV4, func(stream *spdystream.Stream, replied <-chan struct{}) error {
		if !wanted[streamTypeOf(stream)] {
			return errors.New("was not asked for")
		}
		select {
		case arrivals <- arrival{stream, replied}:
			return nil
		default:
			return errors.New("one too many")
		}
	})
	if c == nil {
		return
	}
	defer c.close()

	streams := map[string]*spdystream.Stream{}
	expired := time.After(replyTimeout)
	for len(streams) < expected {
		select {
		case one := <-arrivals:
			<-one.replied
			streams[streamTypeOf(one.stream)] = one.stream
		case <-c.spdy.CloseChan():
			say("exec: the client left before it had opened its %d streams", expected)
			return
		case <-expired:
			say("exec: the client has not opened its %d streams", expected)
			return
		}
	}
	if resize := streams[typeResize]; resize != nil {
		go reportSizes(resize)
	}

	err := s.run(command, streams, tty)
	say("%q ended: %v", command, err)
	// The runtime closes what the command wrote to; it does not touch the others.
	for _, name := range []string{typeStdout, typeStderr} {
		if streams[name] != nil {
			streams[name].Close()
		}
	}
	text, _ := json.Marshal(statusOf(err))
	streams[typeError].Write(text)
	if s.finish {
		for _, name := range []string{typeError, typeResize, typeStdin} {
			if streams[name] != nil {
				streams[name].Close()
			}
		}
	}
}

// reportSizes prints what comes on the resize stream.
func reportSizes(stream io.Reader) {
	decoder := json.NewDecoder(stream)
	for {
		var size struct{ Width, Height uint16 }
		if err := decoder.Decode(&size); err != nil {
			if err != io.EOF {
				say("resize stream: %v", err)
			}
			return
		}
		say("resize %dx%d", size.Width, size.Height)
	}
}

// exitError is the end of a command that returned another exit code than 0.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run executes one of the commands that the server knows.
func (s *server) run(command []string, streams map[string]*spdystream.Stream, tty bool) error {
	// A stream that was not asked for reads as empty and swallows what is written, as /dev/null does.
	var stdin io.Reader = eof{}
	if stream := streams[typeStdin]; stream != nil {
		stdin = stream
	}
	output := func(name string) io.Writer {
		if stream := streams[name]; stream != nil {
			return stream
		}
		return io.Discard
	}
	stdout, stderr := output(typeStdout), output(typeStderr)
	if tty {
		stderr = stdout
	}
	number := func() (int64, error) {
		if len(command) != 2 {
			return 0, fmt.Errorf("%q wants one number", command[0])
		}
		return strconv.ParseInt(command[1], 10, 64)
	}

	name := ""
	if len(command) > 0 {
		name = command[0]
	}
	switch name {
	case "cat":
		return copyFrames(stdout, stdin, s.frame)
	case "wc":
		n, err := io.Copy(io.Discard, stdin)
		if err == nil {
			_, err = fmt.Fprintf(stdout, "%d\n", n)
		}
		return err
	case "yes":
		n, err := number()
		if err == nil {
			err = copyFrames(stdout, io.LimitReader(&yes{}, n), s.frame)
		}
		return err
	case "fail":
		code, err := number()
		if err == nil {
			fmt.Fprintf(stderr, "failing with %d as asked\n", code)
			err = exitError(code)
		}
		return err
	default:
		return fmt.Errorf("unknown command %q", name)
	}
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// yes reads as "y\n" for ever.
type yes struct{ odd bool }

func (y *yes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "y\n"[0]
		if y.odd {
			p[i] = '\n'
		}
		y.odd = !y.odd
	}
	return len(p), nil
}
