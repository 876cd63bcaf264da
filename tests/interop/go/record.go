package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// recordProgram relays connections and writes down what went through the Nth as PREFIX.N.client and
// PREFIX.N.server. It says where SPDY begins in each, behind the HTTP upgrade.
func recordProgram(flags *flag.FlagSet, args []string) (int, error) {
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on")
	to := flags.String("to", "", "`address` to connect to")
	prefix := flags.String("prefix", "", "`path` that the files' names begin with")
	strip := flags.Bool("strip", false, "leave the HTTP upgrade out of the files")
	flags.Parse(args)
	if *to == "" || *prefix == "" {
		return 2, errors.New("wants --to ADDR --prefix PATH")
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return 1, err
	}
	say("listening on %s", listener.Addr())
	for number := 0; ; number++ {
		client, err := listener.Accept()
		if err != nil {
			return 1, err
		}
		server, err := net.Dial("tcp", *to)
		if err != nil {
			return 1, err
		}
		go func(number int) {
			path := fmt.Sprintf("%s.%d", *prefix, number)
			if err := record(client.(*net.TCPConn), server.(*net.TCPConn), path, *strip); err != nil {
				say("connection %d: %v", number, err)
			}
		}(number)
	}
}

func record(client, server *net.TCPConn, path string, strip bool) error {
	var relays sync.WaitGroup
	relay := func(from, to *net.TCPConn, transcript *bytes.Buffer) {
		defer relays.Done()
		if _, err := io.Copy(io.MultiWriter(transcript, to), from); err == nil {
			to.CloseWrite()
			return
		}
		// One side is gone. The other learns it, and its relay ends.
		from.Close()
		to.Close()
	}
	sides := []struct {
		name string
		data bytes.Buffer
	}{{name: "client"}, {name: "server"}}
	relays.Add(2)
	go relay(client, server, &sides[0].data)
	go relay(server, client, &sides[1].data)
	relays.Wait()
	client.Close()
	server.Close()
	for i := range sides {
		side := &sides[i]
		data := side.data.Bytes()
		offset := 0
		if end := bytes.Index(data, []byte("\r\n\r\n")); end >= 0 {
			offset = end + 4 // neither the request nor the 101 has a body
		}
		say("%s.%s: %d bytes, SPDY begins at %d", path, side.name, len(data), offset)
		if strip {
			data = data[offset:]
		}
		if err := os.WriteFile(path+"."+side.name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
