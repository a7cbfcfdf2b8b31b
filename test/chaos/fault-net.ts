/**
 * The network between the nodes: every connection from node to node goes through a proxy here, which knows who is at both ends and
 * can hold back what goes from one node to another, or let it arrive late. Held bytes are not lost: they arrive when the way is free
 * again, as with TCP. Order within a connection always stays.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'

interface Pipe {
  readonly from: () => number
  readonly to: () => number
  readonly waiting: { at: number; bytes: Buffer }[]
  readonly source: Socket
  readonly sink: Socket
  timer: NodeJS.Timeout | undefined
}

export class FaultNet {
  readonly #blocked = new Set<string>()
  readonly #delayMs = new Map<number, number>()
  readonly #pipes = new Set<Pipe>()
  readonly #servers: Server[] = []
  readonly #pidOf: (node: number) => number | undefined
  readonly #nodes: readonly number[]

  /** `pidOf` names the process of a node, by which the sender of a connection is known. */
  constructor(nodes: readonly number[], pidOf: (node: number) => number | undefined) {
    this.#nodes = nodes
    this.#pidOf = pidOf
  }

  /** Listens on `port` for node `to`, which itself listens on `target`. */
  async open(port: number, to: number, target: number): Promise<void> {
    const server = createServer((inbound) => this.#accept(inbound, port, to, target))
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  }

  /** Nothing goes from `from` to `to` any more. */
  block(from: number, to: number): void {
    this.#blocked.add(`${from}>${to}`)
  }

  /** What goes to and comes from the node takes this much longer. */
  delay(node: number, ms: number): void {
    this.#delayMs.set(node, ms)
  }

  /** All is as it was; what was held back arrives. */
  heal(): void {
    this.#blocked.clear()
    this.#delayMs.clear()
    for (const pipe of this.#pipes) this.#deliver(pipe)
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const { source, sink, timer } of this.#pipes) {
      clearTimeout(timer)
      source.destroy()
      sink.destroy()
    }
  }

  #accept(inbound: Socket, port: number, to: number, target: number): void {
    const outbound = connect({ host: '127.0.0.1', port: target })
    let known: number | undefined
    // The peer's own socket may not be in the table at once: looked up when there is something to decide.
    const sender = () => {
      known ??= this.#senderOf(inbound.remotePort ?? 0, port)
      return known ?? 0
    }
    const forth = this.#pipe(inbound, outbound, sender, () => to)
    const back = this.#pipe(outbound, inbound, () => to, sender)
    const end = () => {
      for (const pipe of [forth, back]) {
        clearTimeout(pipe.timer)
        this.#pipes.delete(pipe)
      }
      inbound.destroy()
      outbound.destroy()
    }
    for (const socket of [inbound, outbound]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
  }

  #pipe(source: Socket, sink: Socket, from: () => number, to: () => number): Pipe {
    const pipe: Pipe = { source, sink, from, to, waiting: [], timer: undefined }
    this.#pipes.add(pipe)
    source.on('data', (bytes) => {
      const delay = Math.max(this.#delayMs.get(from()) ?? 0, this.#delayMs.get(to()) ?? 0)
      pipe.waiting.push({ at: performance.now() + delay, bytes })
      this.#deliver(pipe)
    })
    return pipe
  }

  #deliver(pipe: Pipe): void {
    if (this.#blocked.size > 0 && this.#blocked.has(`${pipe.from()}>${pipe.to()}`)) return
    clearTimeout(pipe.timer)
    for (let next = pipe.waiting[0]; next !== undefined; next = pipe.waiting[0]) {
      const leftMs = next.at - performance.now()
      if (leftMs > 0) {
        pipe.timer = setTimeout(() => this.#deliver(pipe), leftMs)
        return
      }
      pipe.waiting.shift()
      pipe.sink.write(next.bytes)
    }
  }

  /** The node whose process has the socket 127.0.0.1:`port` to this proxy; undefined: none of them. */
  #senderOf(port: number, proxy: number): number | undefined {
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0')
    const row = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find((fields) => fields[1]?.endsWith(`:${hex(port)}`) && fields[2]?.endsWith(`:${hex(proxy)}`))
    const socket = `socket:[${row?.[9]}]`
    return this.#nodes.find((node) => {
      const pid = this.#pidOf(node)
      try {
        return pid !== undefined && readdirSync(`/proc/${pid}/fd`).some((fd) => target(pid, fd) === socket)
      } catch {
        // The process ended meanwhile: it is not its socket any more.
        return false
      }
    })
  }
}

function target(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    // Closed between listing and looking.
    return ''
  }
}
