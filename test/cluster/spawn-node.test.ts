/** A node counts as ready by its own word, never by the answer of a stranger on its port. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { awaitReady } from '../../src/cluster/spawn-node.ts'

let directory: string
let server: Server
let address: { host: string; port: number }

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mq-spawn-'))
  server = createServer((socket) =>
    socket.on('data', (request) => {
      const response = Buffer.alloc(12)
      response.writeInt32BE(8, 0)
      request.copy(response, 4, 8, 12)
      response.writeInt32BE(1, 8)
      socket.write(response)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
})

afterEach(() => {
  server.close()
  rmSync(directory, { recursive: true, force: true })
})

const forever = new AbortController().signal

it('a node that said so and answers is ready', async () => {
  const output = join(directory, 'out')
  writeFileSync(output, 'a warning first\nready {"nodeId":1}\n')
  expect(await awaitReady(() => false, output, address, 5000, forever)).toBe('ready')
})

it('a node that lost its port to another has ended, although the other answers', async () => {
  let looks = 0
  const ends = () => ++looks > 3
  expect(await awaitReady(ends, join(directory, 'none'), address, 5000, forever)).toBe('ended')
})
