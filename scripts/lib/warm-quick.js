/**
 * `node warm-quick.js DIST FINAL`: runs the commands that people and scripts run all day once, against a broker in memory, and
 * writes the code that V8 compiled for them to quick.cache in DIST/cli and DIST/shims. DIST becomes FINAL afterwards.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './install.js'

const [dist, final] = process.argv.slice(2)
const home = mkdtempSync(join(tmpdir(), 'mq-warm-'))
process.env.MQ_HOME = home
process.on('exit', () => rmSync(home, { recursive: true, force: true }))

const at = (...path) => pathToFileURL(join(dist, ...path)).href
const { startBroker } = await import(at('broker', 'index.js'))
const { loadQuick } = await import(at('cli', 'oclif.js'))
const broker = await startBroker({ memory: true })
const { script, main } = loadQuick(join(final, 'cli', 'quick.cjs'))

// What the commands print is of no interest here.
process.stdout.write = (_text, ...rest) => {
  rest.findLast((one) => typeof one === 'function')?.()
  return true
}
process.stderr.write = process.stdout.write
for (const command of ['topics list', 'topics describe', 'lag show']) {
  await main(root, [...command.split(' '), '-b', broker.bootstrapServers])
}
writeFileSync(join(dist, 'cli', 'quick.cache'), script.createCachedData())

const shims = await import(at('shims', 'start.cjs'))
const { script: shimScript, exports: shim } = shims.loadQuick(join(final, 'shims', 'quick.cjs'))
const io = {
  stdout() {},
  bytesOut: async () => {},
  stderr() {},
  env: {},
  nowMs: () => Date.now(),
  signal: new AbortController().signal,
}
for (const line of [
  'kafka-topics --list',
  'kafka-topics --describe',
  'kafka-consumer-groups --list',
  'kafka-configs --describe --broker-defaults',
]) {
  const [tool, ...args] = line.split(' ')
  await shim.runShim(tool, [...args, '--bootstrap-server', broker.bootstrapServers], io)
}
writeFileSync(join(dist, 'shims', 'quick.cache'), shimScript.createCachedData())
await broker.stop()
process.exit(0)
