'use strict'

// The npm package spdy-transport as an end of random sessions, with the interface that README.txt beside it
// describes. The package is found through NODE_PATH.
//
// How a program over this library has to be written, beside what peers.py says of it:
//
// * Header blocks are deflated in another thread, and what needs none overtakes them: each call is waited for.
// * Control frames overtake data that waits: HEADERS only leave when it has been written.
// * A stream whose FIN is still in a queue is forgotten already, and WINDOW_UPDATE or DATA for it is answered with a
//   RST_STREAM that overtakes the FIN.
// * A RST_STREAM other than CANCEL is an error of the stream, and every one is answered with CANCEL.

const crypto = require('crypto')
const fs = require('fs')
const net = require('net')

const transport = require('spdy-transport')
const { error: CODES, goaway: GOAWAYS } = transport.protocol.spdy.constants
const utils = transport.protocol.base.utils

// How many sessions are under way at a time.
const AT_ONCE = 8
// The other end has stopped.
const PATIENCE = 60000

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7]
const RECEIVED_WEIGHTS = LEVELS.map(utils.priorityToWeight)
const SENT_WEIGHTS = LEVELS.map((level) => {
  for (let weight = 1; ; weight++) if (utils.weightToPriority(weight) === level) return weight
})

class Player {
  constructor (game, script, socket) {
    this.game = game
    this.script = script
    this.ops = script[game.role]
    this.oneWay = new Set(script.client.concat(script.server)
      .filter((op) => op.op === 'open' && op.one_way).map((op) => op.stream))
    this.streams = {} // what is reported
    this.objects = {} // the library's
    this.report = { streams: this.streams, pings: 0, pongs: 0, goaway: [], fault: null }
    this.closing = false
    this.closed = false
    this.gone = false
    this.pokes = []
    this.socket = socket
    this.connection = this.connect(socket)
  }

  connect (socket) {
    const connection = transport.connection.create(socket, {
      protocol: 'spdy',
      isServer: this.game.role === 'server',
      headerCompression: this.script.compress,
      windowSize: this.script.window
    })
    const state = connection._spdyState
    const rstFrame = state.framer.rstFrame
    state.framer.rstFrame = function (frame, callback) {
      if (frame.code === 'INVALID_STREAM' && frame.id <= state.stream.lastId.both) return
      return rstFrame.call(this, frame, callback)
    }
    connection.setMaxListeners(0)
    connection.on('frame', (frame) => this.poke(() => this.saw(frame)))
    connection.on('stream', (stream) => this.adopt(stream))
    connection.on('error', (error) => this.poke(() => {
      if (this.game.version === 2 && error.message === 'GOAWAY OOB') this.report.goaway.push([null, null])
      else if (!this.closing) this.fail(`connection: ${error.message}`)
      socket.destroySoon()
    }))
    socket.on('close', () => {
      this.poke(() => { this.closed = true })
      // What was read may still be parsed.
      setTimeout(() => this.poke(() => { this.gone = true }), 1000)
    })
    connection.start(this.game.version)
    return connection
  }

  fail (reason) {
    if (this.report.fault === null) this.report.fault = reason
  }

  // Something has happened: whoever waits looks again.
  poke (what) {
    what()
    const pokes = this.pokes
    this.pokes = []
    pokes.forEach((it) => it())
  }

  async until (condition) {
    while (!condition()) {
      if (this.report.fault !== null) throw new Error(this.report.fault)
      if (this.gone) throw new Error('the connection ended')
      await new Promise((resolve) => this.pokes.push(resolve))
    }
  }

  async play () {
    let at = 0
    const timer = setInterval(() => {
      if (Date.now() - this.last > PATIENCE) this.poke(() => this.fail('nothing more comes'))
    }, 1000)
    this.last = Date.now()
    try {
      for (; at < this.ops.length; at++) await this.perform(this.ops[at])
    } catch (error) {
      this.fail(error.message)
      this.report.fault = `at operation ${at}, ${JSON.stringify(this.ops[at]).slice(0, 300)}: ${this.report.fault}`
      this.socket.destroy()
    }
    clearInterval(timer)
    for (const stream of Object.values(this.streams)) stream.sha1 = stream.digest.digest('hex')
    return this.report
  }

  async perform (op) {
    const names = this.game.version === 2
      ? ['method', 'url', 'scheme', 'host', 'version', 'status']
      : [':method', ':path', ':scheme', ':host', ':version', ':status']
    const [method, path, , host, , status] = names
    const rest = () => Object.fromEntries(Object.entries(op.headers)
      .filter(([name]) => !names.includes(name))
      .map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
    const called = (start) => new Promise((resolve) => start((error) => resolve(error)))
    const must = async (start) => {
      const error = await called(start)
      if (error && !isOver(this.streams[op.stream])) throw error
    }
    const object = this.objects[op.stream]
    const stream = this.streams[op.stream]
    if (['reply', 'headers', 'data', 'reset'].includes(op.op) && (!stream || isOver(stream))) return
    switch (op.op) {
      case 'open': {
        const request = {
          method: op.headers[method][0],
          path: op.headers[path][0],
          host: op.headers[host][0],
          priority: { weight: SENT_WEIGHTS[op.level], parent: 0, exclusive: false },
          headers: rest()
        }
        const parent = this.objects[op.parent]
        let opened
        await called((done) => {
          if (parent) opened = parent.pushPromise(Object.assign(request, { status: 200, response: {} }), done)
          else opened = this.connection.request(request, done)
          if (opened.id !== op.stream) this.fail(`stream ${opened.id} opened for ${op.stream}`)
          Object.assign(this.stream(op.stream), { ended: op.one_way, finished: op.fin })
          this.adopt(opened)
        }).then((error) => { if (error) throw error })
        break
      }
      case 'reply':
        await must((done) => object.respond(parseInt(op.headers[status][0], 10), rest(), done))
        break
      case 'headers':
        await this.until(() => stream.writing === 0 || isOver(stream))
        if (!isOver(stream)) await must((done) => object.sendHeaders(rest(), done))
        break
      case 'data':
        if (op.len > 0) {
          stream.writing++
          object.write(this.game.noise.subarray(op.from, op.from + op.len), () => this.poke(() => { stream.writing-- }))
        }
        if (op.fin) {
          object.end()
          stream.finished = true
        }
        break
      case 'reset': {
        const code = Object.keys(CODES).find((name) => CODES[name] === op.status)
        stream.reset = true
        object.abort(code)
        break
      }
      case 'ping':
        this.connection.ping(() => this.poke(() => { this.report.pongs++ }))
        break
      case 'goodbye':
        this.connection.ping(() => {})
        break
      case 'goaway': {
        // The library's own end() also closes the connection with the last stream.
        const state = this.connection._spdyState
        state.framer.goawayFrame({ lastId: state.stream.lastId.both, code: 'OK' })
        break
      }
      case 'wait':
        await this.until(() => this.isTrue(op))
        break
      case 'close':
        this.closing = true
        this.connection.end()
        await this.until(() => this.closed)
        break
      case 'leave':
        await this.until(() => this.report.goaway.length > 0)
        this.closing = true
        await this.until(() => this.closed)
        break
      default:
        throw new Error('no such operation')
    }
  }

  isTrue (op) {
    const stream = this.streams[op.stream]
    if (op.stream !== undefined) {
      if (!stream) return false
      if (isOver(stream)) return true
    }
    const count = (what) => stream.saw.filter((it) => it.saw === what).length
    switch (op.for) {
      case 'open': return true
      case 'reply': return count('reply') > 0
      case 'bytes': return stream.bytes >= op.count
      case 'headers': return count('headers') >= op.count
      case 'fin': return stream.ended
      case 'over': return false
      case 'all':
        return this.ops.every((it) => it.op === 'wait' || it.stream === undefined || isOver(this.streams[it.stream])) &&
          Object.values(this.streams).every(isOver)
      case 'pings': return this.report.pings >= op.count
      case 'pongs': return this.report.pongs >= op.count
      default: throw new Error('no such condition')
    }
  }

  stream (id) {
    if (!this.streams[id]) {
      const digest = crypto.createHash('sha1')
      const stream = { saw: [], bytes: 0, finished: false, reset: false }
      for (const [name, value] of Object.entries({ digest, ended: false, dead: false, writing: 0 })) {
        Object.defineProperty(stream, name, { value, writable: true, enumerable: false })
      }
      this.streams[id] = stream
    }
    return this.streams[id]
  }

  // The library's stream: what it delivers is counted.
  adopt (object) {
    const stream = this.stream(object.id)
    this.objects[object.id] = object
    object.on('error', () => {})
    object.on('data', (data) => this.poke(() => {
      stream.bytes += data.length
      stream.digest.update(data)
    }))
    object.on('end', () => this.poke(() => { stream.ended = true }))
    object.on('pushPromise', (push) => this.adopt(push))
    object.on('close', () => this.poke(() => {}))
  }

  // What the library's codec makes of the wire.
  saw (frame) {
    this.last = Date.now()
    const level = (priority) => RECEIVED_WEIGHTS.indexOf(priority.weight)
    switch (frame.type) {
      case 'PUSH_PROMISE':
        this.stream(frame.promisedId).push = { parent: frame.id, headers: frame.headers }
        break
      case 'HEADERS': {
        const id = frame.id
        const isOurs = (id % 2 === 1) === (this.game.role === 'client')
        const stream = this.stream(id)
        const headers = lists(frame.headers)
        if (stream.push) {
          const { parent, headers: first } = stream.push
          delete stream.push
          stream.finished = true
          const all = { ...lists(first), ...headers }
          stream.saw.push({ saw: 'open', headers: all, level: level(frame.priority), parent, one_way: true })
        } else if (!isOurs && stream.saw.length === 0) {
          const oneWay = !frame.writable
          stream.saw.push({ saw: 'open', headers, level: level(frame.priority), parent: null, one_way: oneWay })
        } else if (isOurs && !this.oneWay.has(id) && !stream.saw.some((it) => it.saw === 'reply')) {
          stream.saw.push({ saw: 'reply', headers })
        } else {
          stream.saw.push({ saw: 'headers', headers })
        }
        if (frame.fin) stream.saw.push({ saw: 'fin' })
        break
      }
      case 'DATA': {
        const stream = this.stream(frame.id)
        const last = stream.saw[stream.saw.length - 1]
        if (last && last.saw === 'data') last.len += frame.data.length
        else if (frame.data.length > 0) stream.saw.push({ saw: 'data', len: frame.data.length })
        if (frame.fin) stream.saw.push({ saw: 'fin' })
        break
      }
      case 'RST': {
        const stream = this.stream(frame.id)
        stream.dead = true
        stream.saw.push({ saw: 'reset', status: CODES[frame.code] })
        break
      }
      case 'PING':
        if (!frame.ack) this.report.pings++
        break
      case 'GOAWAY':
        this.report.goaway.push([frame.lastId, GOAWAYS[frame.code]])
        break
    }
  }
}

function isOver (stream) {
  return Boolean(stream) && (stream.dead || stream.reset || (stream.ended && stream.finished))
}

function lists (headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [].concat(value)]))
}

// The number of the session goes ahead of it.
function listen (game) {
  let left = game.scripts.length
  const server = net.createServer((socket) => {
    socket.setNoDelay(true)
    const onReadable = () => {
      const head = socket.read(4)
      if (head === null) return
      socket.removeListener('readable', onReadable)
      play(game, head.readUInt32BE(0), socket).then(() => { if (--left === 0) server.close() })
    }
    socket.on('readable', onReadable)
  })
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening on 127.0.0.1:${server.address().port}\n`)
  })
}

async function connect (game, address) {
  let next = 0
  const [host, port] = address.split(':')
  const work = async () => {
    while (next < game.scripts.length) {
      const number = next++
      const socket = net.connect({ host, port: Number(port) })
      socket.setNoDelay(true)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(number)
      await new Promise((resolve, reject) => socket.once('error', reject).once('connect', resolve))
      socket.removeAllListeners('error')
      socket.write(head)
      await play(game, number, socket)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function play (game, number, socket) {
  const report = await new Player(game, game.scripts[number], socket).play()
  process.stdout.write(JSON.stringify({ session: number, ...report }) + '\n')
}

const [role, version, scripts, noise, address] = process.argv.slice(2)
if (!(role === 'server' && noise && !address) && !(role === 'client' && address)) {
  process.stderr.write('peer.js: server VERSION SCRIPTS NOISE, or client VERSION SCRIPTS NOISE ADDR\n')
  process.exit(2)
}
const game = {
  role,
  version: Number(version),
  scripts: fs.readFileSync(scripts, 'utf8').trim().split('\n').map((line) => JSON.parse(line)),
  noise: fs.readFileSync(noise)
}
if (role === 'server') listen(game)
else connect(game, address)
