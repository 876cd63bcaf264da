'use strict'

// The workload of this package over the npm package spdy-transport: both ends in this process, joined by loopback TCP.
//
//     node spdy-transport.js STREAMS BODY      prints nanoseconds a stream
//
// The package is found through NODE_PATH.

const net = require('net')
const transport = require('spdy-transport')

const IN_FLIGHT = 100
const WINDOW = 16 << 20

const REQUEST = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Test',
  accept: 'image/avif,image/webp,image/apng,image/*,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate',
  'accept-language': 'en-US,en;q=0.9',
  referer: 'https://www.example.com/index.html',
  cookie: 'session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; lang=en-US'
}

const RESPONSE = {
  date: 'Mon, 01 Jan 2024 00:00:00 GMT',
  'content-type': 'image/png',
  'content-length': '0',
  'cache-control': 'public, max-age=31536000',
  etag: '"0123456789abcdef"',
  'last-modified': 'Sun, 31 Dec 2023 00:00:00 GMT',
  vary: 'accept-encoding',
  'x-request-id': '01234567-89ab-cdef-0123-456789abcdef'
}

const [streams, size] = process.argv.slice(2).map(Number)
const body = Buffer.alloc(size)

function connect (socket, isServer) {
  socket.setNoDelay(true)
  const connection = transport.connection.create(socket, {
    protocol: 'spdy', isServer, headerCompression: true, windowSize: WINDOW
  })
  connection.setMaxListeners(0)
  connection.on('error', fail)
  connection.start(3.1)
  return connection
}

function fail (error) {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
}

function exchange (connection, number) {
  return new Promise((resolve) => {
    const stream = connection.request({
      method: 'GET', host: 'www.example.com', path: `/assets/item-${number}.png`, headers: REQUEST
    })
    let read = 0
    stream.on('error', fail)
    stream.on('data', (data) => { read += data.length })
    stream.on('end', () => {
      if (read !== size) fail(new Error(`${read} bytes of ${size}`))
      resolve()
    })
    stream.end()
  })
}

let next = 0
async function round (connection, count) {
  for (let done = 0; done < count; done += IN_FLIGHT) {
    const batch = []
    for (let i = 0; i < IN_FLIGHT; i++) batch.push(exchange(connection, next++))
    await Promise.all(batch)
  }
}

const server = net.createServer((socket) => {
  connect(socket, true).on('stream', (stream) => {
    stream.on('error', fail)
    stream.respond(200, RESPONSE)
    stream.resume()
    stream.end(body)
  })
})

server.listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', async () => {
    const connection = connect(socket, false)
    await round(connection, streams / 10) // Warm.
    const start = process.hrtime.bigint()
    await round(connection, streams)
    console.log(String((process.hrtime.bigint() - start) / BigInt(streams)))
    process.exit(0)
  })
})
