/**
 * What this process uses, from Node and from /proc. Nothing is measured between two questions; where /proc is missing the
 * descriptors and the virtual size are unknown.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessStats } from '../base/process-stats.ts'

export class NodeProcessStats implements ProcessStats {
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }

  residentBytes(): number {
    return process.memoryUsage.rss()
  }

  virtualBytes(): number | undefined {
    const kilobytes = /^VmSize:\s+(\d+) kB$/m.exec(readProc('status'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }

  heap(): { usedBytes: number; totalBytes: number; externalBytes: number } {
    const { heapUsed, heapTotal, external } = process.memoryUsage()
    return { usedBytes: heapUsed, totalBytes: heapTotal, externalBytes: external }
  }

  openDescriptors(): number | undefined {
    try {
      // One of them is the directory that is being read.
      return readdirSync('/proc/self/fd').length - 1
    } catch {
      return undefined
    }
  }

  maxDescriptors(): number | undefined {
    const soft = /^Max open files\s+(\d+)/m.exec(readProc('limits'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  }

  startedAtSeconds(): number {
    return performance.timeOrigin / 1000
  }

  eventLoop(): { idleMs: number; activeMs: number } {
    const { idle, active } = performance.eventLoopUtilization()
    return { idleMs: idle, activeMs: active }
  }

  activeResources(): number {
    return process.getActiveResourcesInfo().length
  }
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8')
  } catch {
    return ''
  }
}
