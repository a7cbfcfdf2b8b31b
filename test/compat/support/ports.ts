/**
 * Ports for the nodes of the compat suites. Files that vitest runs side by side (VITEST_POOL_ID) take them from different parts of a
 * range, since a port that is free when it is asked for is bound only later; other runs on this machine begin elsewhere in it.
 */
import { createServer } from 'node:net'

/** As many as vitest.compat.config.ts runs files at the same time. */
export const LANES = 2

/** True when nobody on this machine listens on the port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** True when every one of `ports` is free. */
export async function portsAreFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) if (!(await isFree(port))) return false
  return true
}

/** What takes `row` free ports between `first` and `last` and answers the first of them: others each time, until it has been round. */
export function portTaker(first: number, last: number, row = 1): () => Promise<number> {
  const lane = (Number(process.env.VITEST_POOL_ID ?? 1) - 1) % LANES
  const rows = Math.floor((last - first + 1) / row / LANES)
  const begin = first + lane * rows * row
  let next = process.pid % rows
  return async () => {
    for (let tries = 0; tries < rows; tries++) {
      next = (next + 1) % rows
      const port = begin + next * row
      if (await portsAreFree(Array.from({ length: row }, (_, index) => port + index))) return port
    }
    throw new Error(`no ${row} free ports in a row between ${begin} and ${begin + rows * row - 1}`)
  }
}
