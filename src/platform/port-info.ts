/**
 * Facts about TCP ports on this machine: free or not, and who listens. Binding is the only sure test; /proc says more
 * where it can be read (Linux, own processes).
 */
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { processName } from './process-info.ts'

export type PortState = 'free' | 'busy' | { readonly error: string }

/** Tries to listen on the port for a moment. `error`: the address is not of this machine, or needs rights. */
export function portState(host: string, port: number): Promise<PortState> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRINUSE' ? 'busy' : { error: error.code ?? error.message })
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')))
  })
}

const PICK_FROM = 23_000
const PICK_TO = 32_000
const PICKS_MAX = 50

/**
 * A port that was free a moment ago. Below the range from which systems take the ports of outgoing connections, so that
 * a node that comes back finds its port free again.
 */
export async function freePort(host: string): Promise<number> {
  for (let pick = 0; pick < PICKS_MAX; pick++) {
    const port = randomInt(PICK_FROM, PICK_TO)
    if ((await portState(host, port)) === 'free') return port
  }
  return anyPort(host)
}

function anyPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port: 0 }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

export interface PortOwner {
  readonly pid: number
  readonly name: string | undefined
}

/** The process that listens on `port`; undefined when it cannot be told. */
export function portOwner(port: number): PortOwner | undefined {
  const inodes = listeningInodes(port)
  if (inodes.size === 0) return undefined
  for (const entry of readDirectory('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    for (const descriptor of readDirectory(`/proc/${entry}/fd`)) {
      const inode = socketInode(`/proc/${entry}/fd/${descriptor}`)
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(entry), name: processName(Number(entry)) }
    }
  }
  return undefined
}

/** Lines of /proc/net/tcp: `sl local_address rem_address st … inode`; state 0A is LISTEN, the port is hexadecimal. */
function listeningInodes(port: number): Set<string> {
  const inodes = new Set<string>()
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      continue
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[3] === '0A' && fields[1]?.endsWith(`:${wanted}`) === true) inodes.add(fields[9]!)
    }
  }
  return inodes
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function socketInode(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1]
  } catch {
    return undefined
  }
}
