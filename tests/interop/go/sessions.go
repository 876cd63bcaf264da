package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"hash"
	"net"
	"os"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

// How many random sessions are under way at a time, and how long one may take.
const (
	sessionsAtOnce = 8
	sessionTimeout = 60 * time.Second
)

// operation is what ../sessions/README.txt says.
type operation struct {
	Op      string              `json:"op"`
	Stream  uint32              `json:"stream"`
	Parent  uint32              `json:"parent"`
	Headers map[string][]string `json:"headers"`
	Fin     bool                `json:"fin"`
	From    int                 `json:"from"`
	Len     int                 `json:"len"`
	Status  uint32              `json:"status"`
	For     string              `json:"for"`
	Count   int                 `json:"count"`
}

type script struct {
	Client []operation `json:"client"`
	Server []operation `json:"server"`
}

type sight struct {
	Saw     string              `json:"saw"`
	Headers map[string][]string `json:"headers,omitempty"`
	Level   *uint8              `json:"level,omitempty"`
	Parent  *uint32             `json:"parent,omitempty"`
	OneWay  *bool               `json:"one_way,omitempty"`
	Len     int                 `json:"len,omitempty"`
	Status  uint32              `json:"status,omitempty"`
}

type playedStream struct {
	Saw      []sight `json:"saw"`
	Bytes    int     `json:"bytes"`
	SHA1     string  `json:"sha1"`
	Finished bool    `json:"finished"`
	Reset    bool    `json:"reset"`

	stream  *spdystream.Stream
	digest  hash.Hash
	headers int  // HEADERS that were given to the program
	replied bool // and the end of the wait for a SYN_REPLY
	ended   bool // and the end of what it reads
	answers bool // SYN_REPLY was sent
}

type report struct {
	Session uint32                   `json:"session"`
	Streams map[uint32]*playedStream `json:"streams"`
	Pings   int                      `json:"pings"`
	Pongs   int                      `json:"pongs"`
	GoAway  [][2]uint32              `json:"goaway"`
	Fault   *string                  `json:"fault"`
}

// sessionsProgram is an end of random sessions, with the interface that ../sessions/README.txt describes.
//
// The library does not tell its program all that there is to see: not the headers of a SYN_REPLY, nor whether a stream
// was reset or finished. So what comes in is read a second time, by the library's own framer.
func sessionsProgram(_ *flag.FlagSet, args []string) (int, error) {
	if !(len(args) == 4 && args[0] == "server") && !(len(args) == 5 && args[0] == "client") {
		return 2, errors.New("wants server VERSION SCRIPTS NOISE, or client VERSION SCRIPTS NOISE ADDR")
	}
	lines, err := os.ReadFile(args[2])
	if err != nil {
		return 1, err
	}
	noise, err := os.ReadFile(args[3])
	if err != nil {
		return 1, err
	}
	var scripts []script
	for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		var one script
		if err := json.Unmarshal(line, &one); err != nil {
			return 1, err
		}
		scripts = append(scripts, one)
	}
	play := func(conn net.Conn, number uint32) {
		ops := scripts[number].Client
		if args[0] == "server" {
			ops = scripts[number].Server
		}
		p := &sessionPlayer{role: args[0], ops: ops, noise: noise, conn: conn}
		line, _ := json.Marshal(p.play(number))
		say("%s", line)
	}
	var wait sync.WaitGroup
	if args[0] == "server" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 1, err
		}
		say("listening on %s", listener.Addr())
		for range scripts {
			conn, err := listener.Accept()
			if err != nil {
				return 1, err
			}
			wait.Add(1)
			go func() {
				defer wait.Done()
				var number uint32
				if binary.Read(conn, binary.BigEndian, &number) == nil {
					play(conn, number)
				}
			}()
		}
		wait.Wait()
		return 0, nil
	}
	numbers := make(chan uint32)
	for i := 0; i < sessionsAtOnce; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for number := range numbers {
				conn, err := net.Dial("tcp", args[4])
				if err == nil {
					err = binary.Write(conn, binary.BigEndian, number)
				}
				if err != nil {
					say("%v", err)
					continue
				}
				play(conn, number)
			}
		}()
	}
	for number := range scripts {
		numbers <- uint32(number)
	}
	close(numbers)
	wait.Wait()
	return 0, nil
}
