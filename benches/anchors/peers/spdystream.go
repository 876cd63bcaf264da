// The workload of this package over github.com/moby/spdystream: both ends on one thread, joined by loopback TCP.
//
//	spdystream STREAMS BODY      prints nanoseconds a stream
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

const (
	inFlight = 100
	frame    = 16 << 10
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func header(pairs ...string) http.Header {
	list := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = []string{pairs[i+1]}
	}
	return list
}

func request(number int) http.Header {
	return header(
		":method", "GET",
		":scheme", "https",
		":host", "www.example.com",
		":path", fmt.Sprintf("/assets/item-%d.png", number),
		":version", "HTTP/1.1",
		"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Test",
		"accept", "image/avif,image/webp,image/apng,image/*,*/*;q=0.8",
		"accept-encoding", "gzip, deflate",
		"accept-language", "en-US,en;q=0.9",
		"referer", "https://www.example.com/index.html",
		"cookie", "session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; lang=en-US",
	)
}

func response() http.Header {
	return header(
		":status", "200 OK",
		":version", "HTTP/1.1",
		"date", "Mon, 01 Jan 2024 00:00:00 GMT",
		"content-type", "image/png",
		"content-length", "0",
		"cache-control", "public, max-age=31536000",
		"etag", "\"0123456789abcdef\"",
		"last-modified", "Sun, 31 Dec 2023 00:00:00 GMT",
		"vary", "accept-encoding",
		"x-request-id", "01234567-89ab-cdef-0123-456789abcdef",
	)
}

// respond is the server's handler of one stream.
func respond(stream *spdystream.Stream, body []byte) {
	check(stream.SendReply(response(), len(body) == 0))
	for rest := body; len(rest) > 0; {
		piece := rest[:min(frame, len(rest))]
		rest = rest[len(piece):]
		check(stream.WriteData(piece, len(rest) == 0))
	}
}

// exchange is one request of the client and its response, read to the end.
func exchange(connection *spdystream.Connection, number, body int) {
	stream, err := connection.CreateStream(request(number), nil, true)
	check(err)
	check(stream.Wait())
	if body > 0 {
		read, err := io.Copy(io.Discard, stream)
		check(err)
		if read != int64(body) {
			check(fmt.Errorf("%d bytes of %d", read, body))
		}
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func main() {
	runtime.GOMAXPROCS(1)
	streams, err := strconv.Atoi(os.Args[1])
	check(err)
	size, err := strconv.Atoi(os.Args[2])
	check(err)
	body := make([]byte, size)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		transport, err := listener.Accept()
		check(err)
		server, err := spdystream.NewConnection(transport, true)
		check(err)
		server.Serve(func(stream *spdystream.Stream) { respond(stream, body) })
	}()
	transport, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	client, err := spdystream.NewConnection(transport, false)
	check(err)
	go client.Serve(spdystream.NoOpStreamHandler)

	next := 0
	round := func(count int) {
		for done := 0; done < count; done += inFlight {
			var batch sync.WaitGroup
			for i := 0; i < inFlight; i++ {
				batch.Add(1)
				go func(number int) {
					defer batch.Done()
					exchange(client, number, size)
				}(next)
				next++
			}
			batch.Wait()
		}
	}
	round(streams / 10) // Warm.
	start := time.Now()
	round(streams)
	fmt.Println(time.Since(start).Nanoseconds() / int64(streams))
}
