/** A ShimIo for tests: keeps what a stand-in prints, at a fixed time. */
import { Readable } from 'node:stream'
import type { ShimIo } from '../../src/shims/tool.ts'

export interface CapturedIo extends ShimIo {
  readonly out: { stdout: string; stderr: string }
}

export function capturedIo(stdin = '', nowMs = 1_700_000_000_000): CapturedIo {
  const out = { stdout: '', stderr: '' }
  return {
    out,
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
    bytesOut: (bytes) => {
      out.stdout += Buffer.from(bytes).toString('utf8')
      return Promise.resolve()
    },
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    env: {},
    nowMs: () => nowMs,
    signal: new AbortController().signal,
  }
}
