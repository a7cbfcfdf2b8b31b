/** A process counts as gone only when nothing of it holds a port any more, on systems whose /proc tells. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { portState } from '../../src/platform/port-info.ts'
import { isSameProcess, processToken } from '../../src/platform/process-info.ts'

/** Listens on a free port, prints it, and has threads and memory that take a moment to go. */
const LISTENER = `
  const { Worker } = require('node:worker_threads')
  for (let i = 0; i < 3; i++) new Worker('Buffer.alloc(3e7, 1); setInterval(() => {}, 1000)', { eval: true })
  const server = require('node:net').createServer()
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

describe('a killed process', () => {
  it('is gone when its port is free, not before', async () => {
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'ignore'] })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const token = processToken(child.pid!)
      expect(token).toBeDefined()
      process.kill(child.pid!, 'SIGKILL')
      // without a pause: the moment between its first and its last thread is what this is about
      while (isSameProcess(child.pid!, token!));
      expect(await portState('127.0.0.1', Number(line.toString()))).toBe('free')
    }
  })

  it('has no token', () => {
    expect(processToken(process.pid)).toBe(processToken(process.pid))
    expect(processToken(2 ** 30)).toBeUndefined()
  })
})
