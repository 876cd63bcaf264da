'use strict'

// `ws` of npm with the interface that README.txt describes. The package is found through NODE_PATH.

const crypto = require('crypto')
const http = require('http')

const { WebSocket, WebSocketServer } = require('ws')

// As in ours.
const maxPayload = (16 << 20) + 8

const say = (...words) => process.stdout.write(words.join(' ') + '\n')

function parse (argv) {
  const [role, ...rest] = argv
  const options = { role, address: role === 'client' ? rest.shift() : null, commands: [] }
  while (rest.length) {
    const arg = rest.shift()
    if (arg === '--echo') options.echo = true
    else if (arg === '--protocol') options.protocol = rest.shift()
    else if (arg.startsWith('--')) throw new Error(`no option ${arg}`)
    else options.commands.push(arg)
  }
  return options
}

function pattern (length) {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = at * 7 + (at >> 8)
  return bytes
}

// Prints what happens on a connection, and carries out the commands.
async function talk (socket, options) {
  let counted = 0
  let wake = () => {}
  const count = () => { counted++; wake() }
  socket.on('message', (data, isBinary) => {
    say(isBinary ? 'binary' : 'text', data.length, crypto.createHash('sha1').update(data).digest('hex'))
    if (options.echo) socket.send(data, { binary: isBinary })
    count()
  })
  socket.on('pong', data => { say('pong', data.toString()); count() })
  socket.on('close', (code, reason) => { say('close', code, reason.toString()); wake() })
  socket.on('error', error => say('error', error.message))
  for (const command of options.commands) {
    const [, verb, argument] = /^(\w+):?(.*)$/s.exec(command)
    switch (verb) {
      case 'text': socket.send(argument); break
      case 'words': {
        const words = argument.split('|')
        words.forEach((word, at) => socket.send(word, { fin: at === words.length - 1 }))
        break
      }
      case 'bytes': socket.send(pattern(Number(argument))); break
      case 'fragments': {
        const sizes = argument.split(':').map(Number)
        const payload = pattern(sizes.reduce((sum, size) => sum + size, 0))
        let start = 0
        sizes.forEach((size, at) => {
          socket.send(payload.subarray(start, start + size), { fin: at === sizes.length - 1 })
          start += size
        })
        break
      }
      case 'ping': socket.ping(argument); break
      case 'wait':
        while (counted < Number(argument) && socket.readyState !== WebSocket.CLOSED) {
          await new Promise(resolve => { wake = resolve })
        }
        break
      case 'raw': socket._socket.write(Buffer.from(argument, 'hex')); break
      case 'close': {
        const [code, ...reason] = argument.split(':')
        if (code) socket.close(Number(code), reason.join(':'))
        else socket.close()
        break
      }
      default: throw new Error(`no command ${command}`)
    }
  }
}

function client (options) {
  const socket = new WebSocket(`ws://${options.address}/here?a=b`, options.protocol ? [options.protocol] : [], { maxPayload })
  socket.on('unexpected-response', (request, response) => {
    let body = ''
    response.on('data', data => { body += data })
    response.on('end', () => say('refused', response.statusCode, body.trimEnd()))
  })
  const failed = error => say('error', error.message)
  socket.on('error', failed)
  socket.on('open', () => {
    socket.off('error', failed)
    say('open', socket.extensions || '-', socket.protocol || '-')
    talk(socket, options)
  })
}

function server (options) {
  const listener = http.createServer()
  const handleProtocols = offered => offered.has(options.protocol) && options.protocol
  const sockets = new WebSocketServer({ server: listener, handleProtocols, maxPayload })
  sockets.on('connection', socket => {
    say('open', socket.extensions || '-', socket.protocol || '-')
    talk(socket, options)
  })
  sockets.on('wsClientError', error => say('error', error.message))
  listener.listen(0, '127.0.0.1', () => say('listening on', `127.0.0.1:${listener.address().port}`))
}

const options = parse(process.argv.slice(2))
if (options.role === 'client') client(options)
else server(options)
