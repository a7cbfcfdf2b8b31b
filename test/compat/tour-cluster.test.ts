/**
 * docs/tour-cluster.md, run as it stands on a local cluster: a node dies, is drained and replaced, everything is restarted, while mq
 * and Kafka's VerifiableProducer write and mq reads. With MQ_TOUR_UPDATE=1 the page is rewritten with what is printed.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaRun } from './support/apache-kafka.ts'
import { apacheKafkaPeer, describeWith, repositoryRoot } from './support/peers.ts'
import { run } from './support/process.ts'
import { isShown, readTour, type TourStep } from './support/tour.ts'

const file = join(repositoryRoot, 'docs', 'tour-cluster.md')
const page = readFileSync(file, 'utf8')
const update = process.env.MQ_TOUR_UPDATE !== undefined
/** The ports that the page shows, and those that it is run on. */
const SHOWN = 9092
const REAL = 23_400
const NODES = 4
const RECORDS = 100_000
const STEP_MS = 150_000

describeWith('the tour of a cluster', apacheKafkaPeer(), () => {
  const home = mkdtempSync(join(tmpdir(), 'mq-tour-cluster-'))
  const work = join(home, 'work')
  const changed: { step: TourStep; printed: string }[] = []
  let hasFailed = false

  beforeAll(() => {
    mkdirSync(work)
    mkdirSync(join(home, 'bin'))
    program('mq', `"${process.execPath}" "${join(repositoryRoot, 'bin', 'run.js')}"`)
    program('kafka-verifiable-producer.sh', `"${kafkaRun()}" org.apache.kafka.tools.VerifiableProducer`)
    const data = join(repositoryRoot, 'node_modules', 'vega-datasets', 'data', 'flights-200k.json')
    const flights = JSON.parse(readFileSync(data, 'utf8')) as unknown[]
    const lines = flights.slice(0, RECORDS).map((one) => JSON.stringify(one))
    writeFileSync(join(work, 'flights.ndjson'), `${lines.join('\n')}\n`)
  })
  afterAll(async () => {
    await shell('for one in *.pid; do kill $(cat $one); done; mq broker stop --all -q')
    await shell("mq broker status --json | grep -o '\"pid\": [0-9]*' | grep -o '[0-9]*' | xargs -r kill -9")
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    if (update) rewrite(changed)
  })

  const program = (name: string, command: string) => {
    const path = join(home, 'bin', name)
    writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`)
    chmodSync(path, 0o755)
  }
  const ports = (text: string, from: number, to: number) =>
    Array.from({ length: NODES }, (_, index) => index).reduce(
      (changed, index) => changed.replaceAll(`127.0.0.1:${from + index}`, `127.0.0.1:${to + index}`),
      text,
    )
  const shell = (command: string) => {
    const kept = Object.entries(process.env).filter(([name]) => !/^(MQ_|KAFKA_|NO_COLOR|CI$)/.test(name))
    const env = {
      ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
      ...Object.fromEntries(kept),
      ...{ HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}`, MQ_BROKER_PORT: String(REAL) },
    }
    return run('bash', ['-c', `exec 2>&1\n${command}`], { cwd: work, env, timeoutMs: STEP_MS })
  }
  const execute = async (step: TourStep): Promise<string> => {
    const { stdout } = await shell(ports(step.command, SHOWN, REAL))
    return ports(stdout, REAL, SHOWN).replaceAll(home, '~').replace(/\n$/, '')
  }

  for (const { title, steps } of readTour(page)) {
    it(title, { timeout: 2 * STEP_MS }, async () => {
      // Each part of the day begins where the one before ended.
      expect(hasFailed).toBe(false)
      hasFailed = true
      for (const step of steps) {
        const printed = await execute(step)
        if (isShown(step.shown, printed)) continue
        changed.push({ step, printed })
        if (!update) expect(`$ ${step.command}\n${printed}`).toBe(`$ ${step.command}\n${step.shown}`)
      }
      hasFailed = false
    })
  }
})

/** Puts what was printed in the place of what the page shows. */
function rewrite(changed: readonly { step: TourStep; printed: string }[]): void {
  const lines = page.split('\n')
  for (const { step, printed } of [...changed].sort((a, b) => b.step.from - a.step.from)) {
    lines.splice(step.from, step.to - step.from, ...(printed === '' ? [] : printed.split('\n')))
  }
  writeFileSync(file, lines.join('\n'))
}
