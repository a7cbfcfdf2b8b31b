/**
 * Kafka's own tools for log directories against Apache Kafka and against the bundled broker, each with three directories:
 * the same invocations, the same output once paths, sizes and order are taken out.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { RawClient } from './support/raw-client.ts'
import { ToolRunner } from './support/tool-runner.ts'

interface Side {
  readonly engine: Engine
  readonly folder: string
  readonly directories: string[]
}

async function side(kind: 'apache' | 'bundled'): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), `compat-dirs-${kind}-`))
  const directories = ['one', 'two', 'three'].map((name) => join(folder, name))
  return { folder, directories, engine: await startEngine(kind, { properties: { 'log.dirs': directories.join() } }) }
}

describeWith("Kafka's log directory tools", apacheKafkaPeer(), (home) => {
  let sides: Side[] = []
  let runner: ToolRunner
  beforeAll(async () => {
    runner = new ToolRunner(home)
    sides = [await side('apache'), await side('bundled')]
  })
  afterAll(async () => {
    await runner?.stop()
    await Promise.all(sides.map(({ engine }) => engine.stop()))
    for (const { folder } of sides) rmSync(folder, { recursive: true, force: true })
  })

  /** What a tool says; DIR0 to DIR2 in its arguments and in `file` stand for the directories. */
  const say = async (
    { engine, directories, folder }: Side,
    line: readonly string[],
    file?: string,
  ): Promise<string> => {
    const path = join(folder, 'plan.json')
    const place = (text: string): string => text.replace(/DIR(\d)/g, (_, index) => directories[Number(index)]!)
    if (file !== undefined) writeFileSync(path, place(file))
    const [tool, ...args] = line
    const words = args.map((word) => (word === '{file}' ? path : place(word)))
    const done = await runner.run(tool as 'kafka-log-dirs', ['--bootstrap-server', engine.bootstrap, ...words])
    const text = `exit ${done.code}\n${done.stdout}\n${done.stderr}`
    return directories.reduce((result, one, index) => result.replaceAll(one, `DIR${index}`), text)
  }

  const both = async (line: readonly string[], file?: string): Promise<void> => {
    const [apache, bundled] = sides as [Side, Side]
    const expected = normalised(await say(apache, line, file))
    expect(normalised(await say(bundled, line, file))).toBe(expected)
  }

  const plan = (topic: string, ...moves: [partition: number, directory: string][]): string =>
    JSON.stringify({
      version: 1,
      partitions: moves.map(([partition, directory]) => ({ topic, partition, replicas: [1], log_dirs: [directory] })),
    })
  const reassign = (...args: string[]) => ['kafka-reassign-partitions', '--reassignment-json-file', '{file}', ...args]

  it('describe, move, verify', async () => {
    await both(['kafka-topics', '--create', '--topic', 'moved', '--partitions', '3'])
    await both(['kafka-log-dirs', '--describe', '--topic-list', 'nobody'])
    await both(['kafka-log-dirs', '--describe', '--broker-list', '1,7'])
    const file = plan('moved', [0, 'DIR2'], [1, 'DIR2'], [2, 'DIR2'])
    for (const each of sides) {
      const output = await say(each, reassign('--execute'), file)
      expect(output).toContain('Successfully started partition reassignments for moved-0,moved-1,moved-2')
      // Those that lie there already are begun as well, as far as the tool can see.
      expect(
        output.match(/Successfully started moving log directory to DIR2 for replica moved-\d with broker 1/g),
      ).toHaveLength(3)
      await expect
        .poll(() => partitionsIn(each.directories[2]!), { timeout: 60_000 })
        .toEqual(['moved-0', 'moved-1', 'moved-2'])
    }
    await both(reassign('--verify'), file)
    await both(['kafka-log-dirs', '--describe', '--topic-list', 'moved'])
    await both(reassign('--execute'), file)
  })

  it('refuse what cannot be', async () => {
    await both(reassign('--execute'), plan('moved', [0, '/no/such/directory']))
    await both(reassign('--execute'), plan('moved', [7, 'DIR0']))
    await both(reassign('--execute'), plan('none', [0, 'DIR0']))
    await both(
      reassign('--execute'),
      JSON.stringify({ version: 1, partitions: [{ topic: 'moved', partition: 0, replicas: [9] }] }),
    )
    await both(['kafka-reassign-partitions', '--list'])
    await both(reassign('--cancel'), plan('moved', [0, 'DIR2']))
  })

  it('partitions that do not exist yet are made where they were wished', async () => {
    for (const { engine, directories } of sides) {
      const client = await RawClient.open(engine.bootstrap, 'raw')
      const ask = async (path: string, topic: string, partition: number): Promise<number[]> => {
        const dirs = [{ path, topics: [{ name: topic, partitions: [partition] }] }]
        const answer = await client.request('AlterReplicaLogDirs', 2, { dirs })
        return answer.results.flatMap((one) => one.partitions.map(({ errorCode }) => errorCode))
      }
      expect(await ask(directories[1]!, 'wished', 0)).toEqual([3])
      expect(await ask('/no/such/directory', 'wished', 0)).toEqual([57])
      expect(await ask(directories[1]!, 'x'.repeat(230), 0)).toEqual([17])
      const topic = { name: 'wished', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
      await client.request('CreateTopics', 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
      await expect.poll(() => partitionsIn(directories[1]!), { timeout: 60_000 }).toContain('wished-0')
      client.close()
    }
  })
})

function partitionsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^(moved|wished)-\d+$/.test(name))
    .sort()
}

/** Lines in order, without stack traces, sizes and the order of a JSON document's lists. */
function normalised(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) =>
        !/^\s+at |^\s*\.\.\. \d+ more|^\t\S+ =|^exit$|ToolRunner\$Exited|^\[\d{4}-| \(org\.apache\.kafka\.|^ \(org/.test(
          line,
        ),
    )
    .map((line) => line.trim().replace(/moved-\d(,moved-\d)+/g, (list) => list.split(',').sort().join()))
    .map((line) => (line.startsWith('{') ? JSON.stringify(inOrder(JSON.parse(line))) : line))
    .filter((line) => line !== '')
    .sort()
    .join('\n')
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inOrder).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => [key, key === 'size' ? 'SIZE' : inOrder(each)])
  return Object.fromEntries(entries.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)))
}
