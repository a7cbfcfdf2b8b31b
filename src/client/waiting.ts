/** Waits that an abort ends: none of them leaves a listener or a timer behind. */

/** Resolves with undefined when the signal is aborted, or when released. */
export function abortion(signal: AbortSignal): { promise: Promise<undefined>; release: () => void } {
  let release = () => {}
  const promise = new Promise<undefined>((resolve) => {
    const done = () => resolve(undefined)
    signal.addEventListener('abort', done, { once: true })
    release = () => {
      signal.removeEventListener('abort', done)
      resolve(undefined)
    }
    if (signal.aborted) resolve(undefined)
  })
  return { promise, release }
}

/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
