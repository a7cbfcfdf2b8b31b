/** The requests of a subject, version by version: the same for the same seed. `MQ_SWEEP_SEED` gives others. */
import { Prng } from '../../../src/base/prng.ts'
import { apis } from '../../../src/protocol/apis.ts'
import { Generator } from './generate.ts'
import type { Subject } from './pools.ts'

export const SEED = Number(process.env.MQ_SWEEP_SEED ?? 431)
const COUNT = 6
/** How often a field is bad, request for request. */
const BADNESS = [0, 0.08, 0.3, 0.6]

export interface Asked {
  readonly version: number
  readonly body: Record<string, unknown>
}

export function requestsOf({ api, pools, count = COUNT, kind = '', without }: Subject): Asked[] {
  const { request, min, max } = apis[api]
  const chance = new Prng(SEED + [...`${api}${kind}`].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0))
  const asked: Asked[] = []
  for (let version = min; version <= max; version++) {
    for (let index = 0; index < count; index++) {
      const generator = new Generator(chance, pools, version, BADNESS[index % BADNESS.length]!)
      const body = generator.struct(request)
      if (without?.(body) !== true) asked.push({ version, body })
    }
  }
  return asked
}
