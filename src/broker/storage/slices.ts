/**
 * Long work in slices: written as a generator that stops wherever it may be interrupted, done in one go, or a little at a
 * time so that everybody else has their turn.
 */
import type { Clock } from '../../base/clock.ts'

/** Does all of the work now. */
export function inOneGo<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

const SLICE_MS = 20

/** Does the work in slices of about `sliceMs`, which is how long everybody else waits. Rejects with what the work throws. */
export function inSlices<T>(work: Generator<void, T, void>, clock: Clock, sliceMs = SLICE_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const slice = (): void => {
      const startedMs = clock.monotonicMs()
      try {
        do {
          const step = work.next()
          if (step.done === true) {
            resolve(step.value)
            return
          }
        } while (clock.monotonicMs() - startedMs < sliceMs)
      } catch (error) {
        reject(error)
        return
      }
      clock.schedule(0, slice)
    }
    slice()
  })
}
