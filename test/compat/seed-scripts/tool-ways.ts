/** The two ways in which Kafka's tools are run in a sandbox: mq's stand-ins, as a user installs them, and Kafka's own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaRun, type Tool, tools } from '../support/apache-kafka.ts'
import { mq } from '../support/bundled.ts'
import { ToolRunner } from '../support/tool-runner.ts'
import { leadersServe } from './leaders.ts'
import { kafkaNames, type ToolWay } from './sandbox.ts'

export interface OpenWay extends ToolWay {
  close(): Promise<void>
}

/** What `mq shims install` has written into a folder. */
export async function shimWay(): Promise<OpenWay> {
  const folder = mkdtempSync(join(tmpdir(), 'seed-shims-'))
  const done = await mq(['shims', 'install', folder], { env: { MQ_HOME: join(folder, 'home') } })
  if (done.code !== 0) throw new Error(`mq shims install: ${done.stderr}`)
  const names = kafkaNames.filter((name) => existsIn(folder, name))
  return {
    env: { SEED_SHIMS: folder, MQ_HOME: join(folder, 'home') },
    names,
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

function existsIn(folder: string, name: string): boolean {
  try {
    return readFileSync(join(folder, name)).length > 0
  } catch {
    return false // no stand-in of that name is installed
  }
}

/** Kafka's tools in one JVM; stand-ins/kafka-tool asks for a run by a line over TCP and finds what came out in files. */
export async function javaWay(kafkaHome: string): Promise<OpenWay> {
  const folder = mkdtempSync(join(tmpdir(), 'seed-java-'))
  mkdirSync(join(folder, 'runs'))
  const classes = Object.entries(tools).map(([name, main]) => `${name}=${main}\n`)
  writeFileSync(join(folder, 'classes'), classes.join(''))
  const runner = new ToolRunner(kafkaHome)
  const server: Server = createServer((socket) => {
    socket.on('error', () => {}) // a caller that was stopped
    socket.once('data', async (line) => {
      const [tool, run] = line.toString('utf8').trim().split(' ') as [Tool, string]
      const args = readFileSync(join(run, 'args'), 'utf8').split('\0').slice(0, -1)
      const done = await runner.run(tool, args, readFileSync(join(run, 'stdin'), 'utf8'))
      const after = (flag: string) => args[args.indexOf(flag) + 1]!
      // a JVM of its own would take longer to start than a leader does; what runs already would be too early
      if (tool === 'kafka-topics' && args.includes('--create') && done.code === 0)
        await leadersServe(after('--bootstrap-server'), after('--topic'))
      writeFileSync(join(run, 'stdout'), done.stdout)
      writeFileSync(join(run, 'stderr'), done.stderr)
      socket.end(`${done.code}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    env: {
      SEED_JAVA: String((server.address() as AddressInfo).port),
      SEED_EXCHANGE: join(folder, 'runs'),
      SEED_CLASSES: join(folder, 'classes'),
      SEED_KAFKA_RUN: kafkaRun(),
      SEED_MACHINE_PATH: process.env.PATH ?? '',
    },
    names: kafkaNames,
    async close() {
      await runner.stop()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
