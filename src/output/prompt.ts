/**
 * Questions, on stderr so that stdout stays data. The only file that loads inquirer; the caller has made sure that
 * somebody sits at the terminal. Ctrl-C throws, and Ctrl-D, the end of input, is a no: inquirer alone would wait for ever.
 */
import inquirer from 'inquirer'

/** True for yes; the default is no. `stopped` takes the question away: then it is a no. */
export async function askYesNo(question: string, stopped: AbortSignal): Promise<boolean> {
  return (await ask<boolean>({ type: 'confirm', message: question, default: false }, stopped)) === true
}

/** True when the user types exactly `expected`. `stopped` takes the question away: then it is a no. */
export async function askToType(question: string, expected: string, stopped: AbortSignal): Promise<boolean> {
  const answer = await ask<string>({ type: 'input', message: `${question} Type ${expected} to go ahead:` }, stopped)
  return answer?.trim() === expected
}

type Question = { type: 'confirm'; message: string; default: boolean } | { type: 'input'; message: string }

/** The answer; undefined when the input ended at the question. */
async function ask<T>(question: Question, stopped: AbortSignal): Promise<T | undefined> {
  const ended = new AbortController()
  const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    if (key?.ctrl === true && key.name === 'd') ended.abort()
  }
  const end = () => ended.abort()
  stopped.addEventListener('abort', end)
  process.stdin.on('keypress', onKey)
  try {
    const prompt = inquirer.createPromptModule({ output: process.stderr, signal: ended.signal })
    const { answer } = await prompt<{ answer: T }>([{ ...question, name: 'answer' }])
    return answer
  } catch (error) {
    if (!ended.signal.aborted) throw error
    process.stderr.write('\n')
    return undefined
  } finally {
    stopped.removeEventListener('abort', end)
    process.stdin.removeListener('keypress', onKey)
  }
}
