'use strict'

// A peer made of the npm package spdy-transport, over plain TCP.
//
//     node peer.js server --version 2|3|3.1 [--listen ADDR] [--root DIR]
//     node peer.js client --version 2|3|3.1 ADDR SCENARIO [ARG...]
//
// Both take --window N (bytes a stream may receive unread, 65536 at least), --compress (header blocks are
// deflated; without it the library stores them) and --scheme S (the library always says https).
// The package is found through NODE_PATH.
//
// The server's first line is `listening on IP:PORT`; every further line, and every line of the client, is a JSON
// object. The client's last one is {"event":"done","ok":true|false}, and its exit code says the same.
//
// What the server does with a request depends on its path:
//
//     (any but GET)      gets its body back, and its trailers too
//     /push?a&b          a page that pushes the files a and b
//     /trailers?a        the file a, then HEADERS with `x-trailer: end`, then an empty DATA with FIN
//     /reset?CODE        SYN_REPLY, some data, RST_STREAM(CODE)
//     /refuse?CODE       RST_STREAM(CODE) instead of SYN_REPLY
//     /ping              `pong`, as soon as the client has answered a PING
//     /goaway?a          the file a, behind a GOAWAY
//     /NAME              the file, or 404
//
// The client's scenarios:
//
//     get PATH...              GETs all paths at once
//     echo SIZE COUNT WRITE    COUNT POSTs at once, each with SIZE bytes written in pieces of WRITE
//     push PATH                GETs the path and what is pushed along
//     trailers                 a POST whose body is followed by HEADERS
//     reset PATH               starts a POST, resets it, and GETs the path on the same session
//     ping COUNT PATH          sends COUNT PINGs, waits for the answers, and GETs the path
//     goaway PATH              sends GOAWAY before the answer to a GET is there

const crypto = require('crypto')
const fs = require('fs')
const net = require('net')
const path = require('path')

const transport = require('spdy-transport')

function say (event, fields) {
  process.stdout.write(JSON.stringify(Object.assign({ event }, fields)) + '\n')
}

function usage (reason) {
  process.stderr.write(`peer.js: ${reason}\n`)
  process.exit(2)
}

function parse (argv) {
  const options = { listen: '127.0.0.1:0', root: '.', window: 1 << 20, compress: false, scheme: null, rest: [] }
  for (let i = 0; i < argv.length; i++) {
    const value = () => argv[++i] || usage(`${argv[i - 1]} needs a value`)
    switch (argv[i]) {
      case '--version': options.version = Number(value()); break
      case '--listen': options.listen = value(); break
      case '--root': options.root = value(); break
      case '--window': options.window = Number(value()); break
      case '--compress': options.compress = true; break
      case '--scheme': options.scheme = value(); break
      default: options.rest.push(argv[i])
    }
  }
  if (![2, 3, 3.1].includes(options.version)) usage('--version must be 2, 3 or 3.1')
  // Below its start value the library announces a session window by a negative WINDOW_UPDATE.
  if (!(options.window >= 65536)) usage('--window must be 65536 at least')
  return options
}

function address (text) {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
}

function connect (socket, isServer, options) {
  const connection = transport.connection.create(socket, {
    protocol: 'spdy',
    isServer,
    headerCompression: options.compress,
    windowSize: options.window
  })
  const framer = connection._spdyState.framer
  if (options.scheme !== null) {
    // The framer takes a scheme, but nothing above it passes one on.
    const synFrame = framer._synFrame
    framer._synFrame = function (frame, callback) {
      return synFrame.call(this, Object.assign({}, frame, { scheme: options.scheme }), callback)
    }
  }
  // A stream whose FIN is still in a queue is forgotten already, and WINDOW_UPDATE for it is answered with a
  // RST_STREAM that overtakes the FIN. Whether that happens is chance, so it must not happen here.
  const rstFrame = framer.rstFrame
  framer.rstFrame = function (frame, callback) {
    if (frame.code === 'INVALID_STREAM' && frame.id <= connection._spdyState.stream.lastId.both) return
    return rstFrame.call(this, frame, callback)
  }
  connection.setMaxListeners(0)
  connection.on('frame', (frame) => {
    if (frame.type === 'SETTINGS') say('settings', { settings: frame.settings })
    if (frame.type === 'GOAWAY') say('goaway', { last: frame.lastId, code: frame.code })
    if (frame.type === 'RST') say('reset', { id: frame.id, code: frame.code })
    if (frame.type === 'PING' && !frame.ack) say('ping', { id: frame.opaque.readUInt32BE(0) })
  })
  connection.on('error', (error) => {
    say('error', { message: error.message })
    // The library reads nothing more then, and leaves the connection open.
    socket.destroySoon()
  })
  // What has begun to leave would otherwise be lost when the process ends.
  connection.on('close', () => say('close', {}))
  connection.start(options.version)
  return connection
}

// GOAWAY as a frame. The library's own end() also closes the connection with the last stream, and in 3.1 ahead of
// that stream's FIN.
function goAway (connection) {
  const state = connection._spdyState
  state.framer.goawayFrame({ lastId: state.stream.lastId.both, code: 'OK' })
}

// Writes the last bytes of a body (or none), then `trailers` if there are any, and ends the stream. The library
// sends control frames ahead of data that waits, so the data has to be out first.
function finish (stream, bytes, trailers) {
  stream.write(bytes, () => {
    if (trailers) stream.sendHeaders(trailers, () => stream.end())
    else stream.end()
  })
}

// ---- the server

function serve (options) {
  const server = net.createServer((socket) => {
    socket.setNoDelay(true)
    const connection = connect(socket, true, options)
    connection.on('stream', (stream) => {
      stream.on('error', (error) => say('stream-error', { id: stream.id, message: error.message }))
      stream.on('headers', (headers) => say('headers', { id: stream.id, headers }))
      say('stream', { id: stream.id, method: stream.method, path: stream.path, headers: stream.headers })
      answer(connection, stream, options)
    })
  })
  server.listen(address(options.listen), () => {
    const { address: host, port } = server.address()
    process.stdout.write(`listening on ${host}:${port}\n`)
  })
}

function answer (connection, stream, options) {
  if (stream.method !== 'GET') return echo(stream)
  const [name, query = ''] = stream.path.split('?')
  switch (name) {
    case '/push':
      stream.respond(200, { 'content-type': 'text/html' })
      for (const pushed of query.split('&')) {
        const promise = {
          method: 'GET',
          path: `/${pushed}`,
          host: stream.headers[':authority'],
          status: 200,
          response: { 'content-type': 'application/octet-stream' }
        }
        const push = stream.pushPromise(promise, (error) => {
          if (error) say('push-error', { path: promise.path, message: error.message })
        })
        push.on('error', (error) => say('stream-error', { id: push.id, message: error.message }))
        say('push', { id: push.id, path: promise.path })
        finish(push, fs.readFileSync(file(options, pushed)))
      }
      finish(stream, 'the page\n')
      break
    case '/trailers':
      stream.respond(200, {})
      finish(stream, fs.readFileSync(file(options, query)), { 'x-trailer': 'end' })
      break
    case '/reset':
      stream.respond(200, {})
      stream.write('only a part', () => stream.abort(query))
      break
    case '/refuse':
      stream.abort(query)
      break
    case '/ping':
      connection.ping(() => {
        stream.respond(200, {})
        finish(stream, 'pong')
      })
      break
    case '/goaway':
      goAway(connection)
      stream.respond(200, {})
      finish(stream, fs.readFileSync(file(options, query)))
      break
    default:
      fs.readFile(file(options, name), (error, body) => {
        if (error) body = Buffer.alloc(0)
        const headers = Object.assign({ 'content-length': String(body.length) }, empty(connection))
        stream.respond(error ? 404 : 200, headers)
        finish(stream, body)
      })
  }
}

function echo (stream) {
  let trailers = null
  stream.on('headers', (headers) => { trailers = headers })
  stream.respond(200, {})
  stream.pipe(stream, { end: false })
  stream.on('end', () => finish(stream, '', trailers))
}

// A header with an empty value, where the version has such.
function empty (connection) {
  return connection.getVersion() === 2 ? {} : { 'x-empty': '' }
}

function file (options, name) {
  return path.join(options.root, path.basename(name))
}

// ---- the client

async function run (options) {
  const [where, scenario, ...args] = options.rest
  if (!Object.prototype.hasOwnProperty.call(scenarios, scenario)) usage(`no scenario ${scenario}`)
  const socket = net.connect(address(where))
  socket.setNoDelay(true)
  const connection = connect(socket, false, options)
  const closed = new Promise((resolve) => connection.once('close', resolve))
  const failed = new Promise((resolve, reject) => connection.once('error', reject))
  let ok = false
  try {
    ok = await Promise.race([failed, scenarios[scenario]({ connection, where, args })])
  } catch (error) {
    say('failure', { message: error.message })
  }
  if (ok) connection.end()
  if (!ok) socket.destroy()
  await closed
  say('done', { ok })
  process.exit(ok ? 0 : 1)
}

const scenarios = {
  async get ({ connection, where, args }) {
    const answers = await Promise.all(args.map((name) => request(connection, where, 'GET', name)))
    return answers.every((it) => it.status === 200 && it.complete)
  },

  async echo ({ connection, where, args }) {
    const [size, count, write] = args.map(Number)
    const one = async (index) => {
      const body = crypto.randomBytes(size)
      const answer = await request(connection, where, 'POST', `/echo-${index}`, (stream) => feed(stream, body, write))
      const ok = answer.status === 200 && answer.complete && answer.sha256 === hash(body)
      say('echoed', { id: answer.id, bytes: answer.bytes, ok })
      return ok
    }
    const all = await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
    return all.every(Boolean)
  },

  async push ({ connection, where, args }) {
    const pushes = []
    const answer = await request(connection, where, 'GET', args[0], (stream) => {
      stream.on('pushPromise', (push) => pushes.push(receive(push, push.path)))
    })
    const pushed = await Promise.all(pushes)
    return answer.status === 200 && answer.complete && pushed.length > 0 && pushed.every((it) => it.complete)
  },

  async trailers ({ connection, where }) {
    const body = crypto.randomBytes(100000)
    const answer = await request(connection, where, 'POST', '/with-trailers', (stream) => {
      finish(stream, body, { 'x-trailer': 'end' })
    })
    return answer.status === 200 && answer.complete && answer.sha256 === hash(body)
  },

  async reset ({ connection, where, args }) {
    await new Promise((resolve, reject) => {
      const stream = connection.request({ method: 'POST', path: '/never', host: where })
      stream.on('error', reject)
      stream.on('close', () => { say('aborted', { id: stream.id }); resolve() })
      stream.resume()
      stream.on('response', () => stream.abort('CANCEL'))
      stream.write('the beginning')
    })
    const answer = await request(connection, where, 'GET', args[0])
    return answer.status === 200 && answer.complete
  },

  async ping ({ connection, where, args }) {
    const pings = Array.from({ length: Number(args[0]) }, () => new Promise((resolve) => connection.ping(resolve)))
    await Promise.all(pings)
    say('pongs', { count: pings.length })
    const answer = await request(connection, where, 'GET', args[1])
    return answer.status === 200 && answer.complete
  },

  async goaway ({ connection, where, args }) {
    let answer
    // A SYN_STREAM leaves later than it is asked for: its block is deflated in another thread.
    await new Promise((resolve) => {
      answer = request(connection, where, 'GET', args[0], (stream) => stream.send(resolve))
    })
    goAway(connection)
    const { status, complete } = await answer
    return status === 200 && complete
  }
}

// The library treats a GET as finished with its SYN_STREAM.
function request (connection, where, method, name, begin) {
  const stream = connection.request({
    method,
    path: name,
    host: where,
    headers: Object.assign({ 'x-two': ['one', 'two'] }, empty(connection))
  })
  const received = receive(stream, name)
  if (begin) begin(stream)
  return received
}

// Takes in an answer or a push. It is complete when FIN has come: the library may close the connection before the
// body has been read.
function receive (stream, name) {
  return new Promise((resolve) => {
    const sum = crypto.createHash('sha256')
    const answer = { id: stream.id, path: name, status: null, bytes: 0, complete: false, trailers: null }
    let ended = false
    const end = () => {
      if (ended) return
      ended = true
      answer.sha256 = sum.digest('hex')
      say('answer', answer)
      resolve(answer)
    }
    const abort = (reason) => {
      if (answer.complete) return
      answer.error = reason
      end()
    }
    stream.connection.on('frame', (frame) => { if (frame.id === stream.id && frame.fin) answer.complete = true })
    stream.on('response', (status, headers) => Object.assign(answer, { status, headers }))
    stream.on('headers', (headers) => { answer.trailers = headers })
    stream.on('data', (data) => { answer.bytes += data.length; sum.update(data) })
    stream.on('end', end)
    stream.on('error', (error) => abort(error.message))
    stream.on('close', (error) => setImmediate(() => abort(error ? error.message : 'closed')))
    stream.connection.on('close', () => setImmediate(end))
  })
}

function feed (stream, body, size) {
  let offset = 0
  const next = () => {
    let room = true
    while (room && offset < body.length) {
      room = stream.write(body.subarray(offset, offset + size))
      offset += size
    }
    if (offset >= body.length) {
      stream.removeListener('drain', next)
      finish(stream, '')
    }
  }
  stream.on('drain', next)
  next()
}

function hash (bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex')
}

const [mode, ...argv] = process.argv.slice(2)
const options = parse(argv)
if (mode === 'server' && options.rest.length === 0) serve(options)
else if (mode === 'client' && options.rest.length >= 2) run(options)
else usage('server, or client ADDR SCENARIO')
