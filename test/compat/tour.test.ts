/**
 * docs/tour.md, run as it stands: every command of the page in a shell, on the bundled broker and on Apache Kafka, and what it prints
 * compared with what the page shows. The page is the same for both; ports are put in and taken out again. With MQ_TOUR_UPDATE=1
 * the page is rewritten with what the bundled broker answers wherever that differs.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from './support/engine.ts'
import { type Engine, freePorts } from './support/node.ts'
import { apacheKafkaPeer, describeWith, repositoryRoot } from './support/peers.ts'
import { run } from './support/process.ts'
import { isShown, readTour, type TourStep } from './support/tour.ts'

const file = join(repositoryRoot, 'docs', 'tour.md')
const page = readFileSync(file, 'utf8')
const update = process.env.MQ_TOUR_UPDATE !== undefined
/** The address that the page shows everywhere. */
const SHOWN = '127.0.0.1:9092'

function tour(kind: 'bundled' | 'apache'): void {
  const home = mkdtempSync(join(tmpdir(), 'mq-tour-'))
  const work = join(home, 'work')
  const changed: { step: TourStep; printed: string }[] = []
  let engine: Engine | undefined
  let localPort = 0
  let address = ''

  beforeAll(async () => {
    mkdirSync(work)
    mkdirSync(join(home, 'bin'))
    const program = join(home, 'bin', 'mq')
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(repositoryRoot, 'bin', 'run.js')}" "$@"\n`)
    chmodSync(program, 0o755)
    ;[localPort] = (await freePorts(1)) as [number]
    if (kind === 'apache') engine = await startEngine('apache')
    address = engine?.bootstrap ?? `127.0.0.1:${localPort}`
  })
  afterAll(async () => {
    await shell('mq broker stop --all -q')
    await engine?.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    if (update && kind === 'bundled') rewrite(changed)
  })

  const shell = (command: string) => {
    const kept = Object.entries(process.env).filter(([name]) => !/^(MQ_|KAFKA_|NO_COLOR|CI$)/.test(name))
    const env = {
      ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
      ...Object.fromEntries(kept),
      ...{ HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}`, MQ_BROKER_PORT: String(localPort) },
    }
    return run('bash', ['-c', `exec 2>&1\n${command}`], { cwd: work, env })
  }
  const execute = async (step: TourStep): Promise<string> => {
    const { stdout } = await shell(step.command.replaceAll(SHOWN, address))
    return [address, `127.0.0.1:${localPort}`]
      .reduce((text, real) => text.replaceAll(real, SHOWN), stdout)
      .replaceAll(home, '~')
      .replace(/\n$/, '')
  }

  for (const { title, steps } of readTour(page)) {
    it(title, async () => {
      for (const step of steps) {
        const printed = await execute(step)
        if (isShown(step.shown, printed)) continue
        changed.push({ step, printed })
        if (!update) expect(`$ ${step.command}\n${printed}`).toBe(`$ ${step.command}\n${step.shown}`)
      }
    })
  }
}

/** Puts what was printed in the place of what the page shows. */
function rewrite(changed: readonly { step: TourStep; printed: string }[]): void {
  const lines = page.split('\n')
  for (const { step, printed } of [...changed].sort((a, b) => b.step.from - a.step.from)) {
    lines.splice(step.from, step.to - step.from, ...(printed === '' ? [] : printed.split('\n')))
  }
  writeFileSync(file, lines.join('\n'))
}

describe('the tour on the bundled broker', () => tour('bundled'))
describeWith('the tour on Apache Kafka', apacheKafkaPeer(), () => tour('apache'))
