/** The chance port on the system's generator. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../base/random.ts'

export class NodeRandom implements Random {
  int(bound: number): number {
    return randomInt(bound)
  }

  bytes(count: number): Buffer {
    return randomBytes(count)
  }
}
