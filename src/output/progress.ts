/**
 * A spinner on stderr while something takes long. Off a terminal, in CI, when quiet and under `--json` it prints
 * nothing, and ora is not even loaded.
 */

export interface Progress {
  /** Takes the spinner off its line, so that another one can be printed there; it comes back below by itself. */
  clear(): void
  /** Replaces the text. */
  update(text: string): void
  /** Removes the spinner; `text` stays as one line on a terminal. */
  stop(text?: string): void
}

const SILENT: Progress = { clear: () => {}, update: () => {}, stop: () => {} }

/** Starts at once. Every path out of the caller must call `stop`. */
export async function startProgress(text: string, options: { silent: boolean }): Promise<Progress> {
  if (options.silent || process.stderr.isTTY !== true || process.env.CI !== undefined) return SILENT
  const { default: ora } = await import('ora')
  // Without discardStdin ora would leave Ctrl-C to itself.
  const spinner = ora({ text, stream: process.stderr, discardStdin: false }).start()
  return {
    clear: () => void spinner.clear(),
    update: (next) => {
      spinner.text = next
    },
    stop: (last) => {
      spinner.stop()
      if (last !== undefined) process.stderr.write(`${last}\n`)
    },
  }
}
