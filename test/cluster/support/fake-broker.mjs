/**
 * Stands in for the broker process: listens where its configuration says and answers any request as Metadata version 1
 * with one broker. FAKE_BROKER says how it behaves: ok, die (refuses to start), format-and-die, silent (never listens), deaf
 * (ignores SIGTERM).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const behaviour = process.env.FAKE_BROKER ?? 'ok'
const config = Object.fromEntries(
  readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8')
    .split('\n')
    .filter((line) => line.includes('=') && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
writeFileSync('args.txt', process.argv.slice(2).join(' '))
function format() {
  mkdirSync(config['log.dirs'], { recursive: true })
  writeFileSync(join(config['log.dirs'], 'meta.properties'), 'version=1\ncluster.id=fake-cluster\n')
}
if (behaviour === 'format-and-die') format()
if (behaviour.endsWith('die')) {
  console.error('ERROR the directory is not ours')
  process.exit(1)
}
if (behaviour === 'deaf') process.on('SIGTERM', () => {})
else process.on('SIGTERM', () => process.exit(0))
if (behaviour === 'silent') setInterval(() => {}, 1000)
else {
  format()
  writeFileSync(
    'server.log',
    '[2026-01-01 00:00:00,000] INFO started (fake)\n[2026-01-01 00:00:01,000] WARN careful (fake)\n',
  )
  const [, port] = /:(\d+)/.exec(config.listeners.split(',')[0])
  createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (request) => {
      const response = Buffer.alloc(12)
      response.writeInt32BE(8, 0)
      request.copy(response, 4, 8, 12)
      response.writeInt32BE(1, 8)
      socket.write(response)
    })
  }).listen(Number(port), '127.0.0.1', () => console.log('ready {}'))
}
