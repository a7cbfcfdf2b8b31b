/** Files that a user names: read whole, and one failure where that cannot be done. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import ConfigSet from '../../src/commands/config/set.ts'
import GroupsReset from '../../src/commands/groups/reset.ts'
import Produce from '../../src/commands/produce.ts'
import ProfileAdd from '../../src/commands/profile/add.ts'
import TopicsList from '../../src/commands/topics/list.ts'
import TopicsTruncate from '../../src/commands/topics/truncate.ts'
import { readInput } from '../../src/platform/input-file.ts'
import { runCommand } from '../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

let directory: string
let cluster: FakeCluster

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mq-input-'))
  cluster = await startCluster({ topics: { orders: topic([{ start: 0, end: 5 }]) }, groups: {} })
})
afterEach(async () => {
  await cluster.close()
  rmSync(directory, { recursive: true })
})

it('is read whole', async () => {
  writeFileSync(join(directory, 'a'), 'orders,0,12\n')
  expect(await readInput(join(directory, 'a'))).toBe('orders,0,12\n')
})

describe('a file that is not there is the same failure', () => {
  it.each([
    ['config set --file', ConfigSet, ['--topic', 'orders', '--file']],
    ['groups reset --from-file', GroupsReset, ['billing', '--yes', '--from-file']],
    ['topics truncate --file', TopicsTruncate, ['--yes', '--file']],
    ['produce --file', Produce, ['orders', '--file']],
    ['profile add --command-config', ProfileAdd, ['x', '--command-config']],
    ['--command-config', TopicsList, ['--command-config']],
  ] as const)('of %s', async (_, command, argv) => {
    const path = join(directory, 'none')
    const ran = await runCommand(command, ...argv, path, '-b', cluster.address)
    expect(ran).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(`${path}: no such file`) })
  })
})
