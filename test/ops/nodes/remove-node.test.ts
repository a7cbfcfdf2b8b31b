/** Taking a node out of a cluster: what the metadata quorum can spare while the node is down and still counts. */
import { expect, it } from 'vitest'
import { quorumDanger } from '../../../src/ops/nodes/remove-node.ts'

it.each([
  ['three that run', [1, 2, 3], [1, 2, 3], 3, undefined],
  ['one that is dead itself', [1, 2, 3, 4], [1, 3, 4], 2, undefined],
  ['one of three, another one being dead', [1, 2, 3], [1, 3], 3, '1 other of 3 voters run, and 2 are needed'],
  ['one of four, another one being dead', [1, 2, 3, 4], [1, 3, 4], 4, '2 other of 4 voters run, and 3 are needed'],
  ['one of two, which agrees itself', [1, 2], [1, 2], 2, undefined],
])('spares %s', (_name, voters, alive, id, danger) => {
  expect(quorumDanger(voters, new Set(alive), id)).toBe(danger)
})
