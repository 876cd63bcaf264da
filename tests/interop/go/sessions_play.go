package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/moby/spdystream"
	"github.com/moby/spdystream/spdy"
)

type sessionPlayer struct {
	role   string
	ops    []operation
	noise  []byte
	conn   net.Conn
	spdy   *spdystream.Connection
	gate   sync.Mutex
	lock   sync.Mutex
	change *sync.Cond
	ended  bool
	late   bool
	report report
}

// gated holds back what has been read while its gate is locked.
type gated struct {
	io.Reader
	gate *sync.Mutex
}

func (g gated) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	g.gate.Lock()
	defer g.gate.Unlock()
	return n, err
}

func (p *sessionPlayer) play(number uint32) *report {
	p.change = sync.NewCond(&p.lock)
	p.report = report{Session: number, Streams: map[uint32]*playedStream{}, GoAway: [][2]uint32{}}
	fault := p.perform()
	p.conn.Close()
	p.lock.Lock()
	defer p.lock.Unlock()
	if fault != nil {
		text := fault.Error()
		p.report.Fault = &text
	}
	for _, stream := range p.report.Streams {
		stream.SHA1 = hex.EncodeToString(stream.digest.Sum(nil))
		if stream.Saw == nil {
			stream.Saw = []sight{}
		}
	}
	return &p.report
}

func (p *sessionPlayer) perform() error {
	reader, writer := io.Pipe()
	tapped := bufferedConn{p.conn, bufio.NewReaderSize(io.TeeReader(gated{p.conn, &p.gate}, writer), 64<<10)}
	conn, err := spdystream.NewConnection(tapped, p.role == "server")
	if err != nil {
		return err
	}
	p.spdy = conn
	framer, err := spdy.NewFramer(io.Discard, reader)
	if err != nil {
		return err
	}
	go p.watch(framer, reader)
	go func() {
		conn.Serve(p.accept)
		// It reads nothing more behind a GOAWAY, and the other end may still have to see ours.
		io.Copy(io.Discard, tapped)
		writer.Close()
		p.note(func() { p.ended = true })
	}()
	timer := time.AfterFunc(sessionTimeout, func() { p.note(func() { p.late = true }) })
	defer timer.Stop()
	for at, op := range p.ops {
		if err := p.do(op); err != nil {
			return fmt.Errorf("at operation %d, %s of stream %d for %s %d: %v", at, op.Op, op.Stream, op.For, op.Count, err)
		}
	}
	return nil
}

// note changes something, and whoever waits looks again.
func (p *sessionPlayer) note(what func()) {
	p.lock.Lock()
	defer p.lock.Unlock()
	what()
	p.change.Broadcast()
}

func (p *sessionPlayer) until(condition func() bool) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	for !condition() {
		if p.late {
			return errors.New("nothing more comes")
		}
		if p.ended {
			return errors.New("the connection ended")
		}
		p.change.Wait()
	}
	return nil
}

// of is the stream's entry. The lock is held.
func (p *sessionPlayer) of(id uint32) *playedStream {
	if p.report.Streams[id] == nil {
		p.report.Streams[id] = &playedStream{digest: sha1.New()}
	}
	return p.report.Streams[id]
}

func (s *playedStream) count(what string) int {
	count := 0
	for _, it := range s.Saw {
		if it.Saw == what {
			count++
		}
	}
	return count
}

// isOver is what both the library and its framer have to say.
func (s *playedStream) isOver() bool {
	return s.Reset || (s.ended && (s.count("reset") > 0 || (s.count("fin") > 0 && s.Finished)))
}

func (p *sessionPlayer) do(op operation) error {
	p.lock.Lock()
	entry := p.report.Streams[op.Stream]
	skip := op.Op != "open" && op.Op != "wait" && op.Stream != 0 && (entry == nil || entry.isOver())
	p.lock.Unlock()
	if skip {
		return nil
	}
	finish := func() { p.note(func() { entry.Finished = entry.Finished || op.Fin }) }
	headers := http.Header{}
	for name, values := range op.Headers {
		headers[http.CanonicalHeaderKey(name)] = values
	}
	switch op.Op {
	case "open":
		var parent *spdystream.Stream
		if op.Parent != 0 {
			p.lock.Lock()
			parent = p.of(op.Parent).stream
			p.lock.Unlock()
		}
		stream, err := p.spdy.CreateStream(headers, parent, op.Fin)
		if err != nil {
			return err
		}
		if stream.Identifier() != op.Stream {
			return fmt.Errorf("stream %d opened", stream.Identifier())
		}
		p.note(func() { p.of(op.Stream).Finished = op.Fin })
		p.adopt(stream)
	case "reply":
		// The library writes the SYN_REPLY, and only then takes what the other end sends because of it.
		p.gate.Lock()
		defer p.gate.Unlock()
		entry.answers = true
		finish()
		return entry.stream.SendReply(headers, op.Fin)
	case "headers":
		finish()
		return entry.stream.SendHeader(headers, op.Fin)
	case "data":
		finish()
		err := entry.stream.WriteData(p.noise[op.From:op.From+op.Len], op.Fin)
		if err == spdystream.ErrWriteClosedStream {
			return nil // reset meanwhile
		}
		return err
	case "reset":
		p.note(func() { entry.Reset = true })
		if spdy.RstStreamStatus(op.Status) == spdy.RefusedStream && !entry.answers {
			return entry.stream.Refuse()
		}
		return entry.stream.Reset()
	case "ping":
		if _, err := p.spdy.Ping(); err != nil {
			return err
		}
		p.note(func() { p.report.Pongs++ })
	case "goodbye":
		go p.spdy.Ping() // the answer may come behind the end
	case "wait":
		return p.until(func() bool { return p.holds(op) })
	case "close":
		if err := p.spdy.Close(); err != nil {
			return err
		}
		p.conn.(*net.TCPConn).CloseWrite()
		p.until(func() bool { return p.ended })
	case "leave":
		if err := p.until(func() bool { return len(p.report.GoAway) > 0 }); err != nil {
			return err
		}
		p.until(func() bool { return p.ended })
	default:
		return errors.New("no such operation")
	}
	return nil
}

func (p *sessionPlayer) holds(op operation) bool {
	entry := p.report.Streams[op.Stream]
	if op.Stream != 0 {
		if entry == nil || entry.stream == nil {
			return false
		}
		if entry.isOver() {
			return true
		}
	}
	switch op.For {
	case "open":
		return true
	case "reply":
		return entry.replied
	case "bytes":
		return entry.Bytes >= op.Count
	case "headers":
		return entry.headers >= op.Count
	case "fin":
		return entry.ended && entry.count("fin") > 0
	case "all":
		for _, it := range p.ops {
			other := p.report.Streams[it.Stream]
			if it.Op != "wait" && it.Stream != 0 && (other == nil || !other.isOver()) {
				return false
			}
		}
		for _, it := range p.report.Streams {
			if !it.isOver() {
				return false
			}
		}
		return true
	case "pings":
		return p.report.Pings >= op.Count
	case "pongs":
		return p.report.Pongs >= op.Count
	}
	return false
}

func (p *sessionPlayer) accept(stream *spdystream.Stream) { p.adopt(stream) }

// adopt reads all of a stream. A stream that nobody reads blocks a worker of the library, and so does one that is
// reset before its reply if nobody waits for that, on either side.
func (p *sessionPlayer) adopt(stream *spdystream.Stream) {
	var entry *playedStream
	p.note(func() {
		entry = p.of(stream.Identifier())
		entry.stream = stream
	})
	go func() {
		err := stream.Wait()
		p.note(func() { entry.replied = err == nil })
	}()
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := stream.Read(buffer)
			p.note(func() {
				entry.Bytes += n
				entry.digest.Write(buffer[:n])
				entry.ended = err != nil
			})
			if err != nil {
				return
			}
		}
	}()
	go func() {
		for {
			if _, err := stream.ReceiveHeader(); err != nil {
				return
			}
			p.note(func() { entry.headers++ })
		}
	}()
}

// watch notes what the library's framer makes of the wire.
func (p *sessionPlayer) watch(framer *spdy.Framer, rest io.Reader) {
	defer io.Copy(io.Discard, rest)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		p.note(func() { p.see(frame) })
	}
}

func (p *sessionPlayer) see(frame spdy.Frame) {
	see := func(id spdy.StreamId, fin bool, what sight) {
		stream := p.of(uint32(id))
		last := len(stream.Saw) - 1
		switch {
		case what.Saw == "data" && what.Len == 0:
		case what.Saw == "data" && last >= 0 && stream.Saw[last].Saw == "data":
			stream.Saw[last].Len += what.Len
		default:
			stream.Saw = append(stream.Saw, what)
		}
		if fin {
			stream.Saw = append(stream.Saw, sight{Saw: "fin"})
		}
	}
	isFin := func(header spdy.ControlFrameHeader) bool { return header.Flags&spdy.ControlFlagFin != 0 }
	switch frame := frame.(type) {
	case *spdy.SynStreamFrame:
		oneWay := frame.CFHeader.Flags&spdy.ControlFlagUnidirectional != 0
		opened := sight{Saw: "open", Headers: lowered(frame.Headers), Level: &frame.Priority, OneWay: &oneWay}
		if parent := uint32(frame.AssociatedToStreamId); parent != 0 {
			opened.Parent = &parent
		}
		see(frame.StreamId, isFin(frame.CFHeader), opened)
	case *spdy.SynReplyFrame:
		see(frame.StreamId, isFin(frame.CFHeader), sight{Saw: "reply", Headers: lowered(frame.Headers)})
	case *spdy.HeadersFrame:
		see(frame.StreamId, isFin(frame.CFHeader), sight{Saw: "headers", Headers: lowered(frame.Headers)})
	case *spdy.DataFrame:
		see(frame.StreamId, frame.Flags&spdy.DataFlagFin != 0, sight{Saw: "data", Len: len(frame.Data)})
	case *spdy.RstStreamFrame:
		see(frame.StreamId, false, sight{Saw: "reset", Status: uint32(frame.Status)})
	case *spdy.PingFrame:
		if isClients := frame.Id%2 == 1; isClients == (p.role == "server") {
			p.report.Pings++
		}
	case *spdy.GoAwayFrame:
		p.report.GoAway = append(p.report.GoAway, [2]uint32{uint32(frame.LastGoodStreamId), uint32(frame.Status)})
	}
}

func lowered(headers http.Header) map[string][]string {
	list := map[string][]string{}
	for name, values := range headers {
		list[strings.ToLower(name)] = values
	}
	return list
}
