/**
 * Questions, on stderr so that stdout stays data. The only file that loads inquirer; the caller has made sure that
 * somebody sits at the terminal.
 */
import inquirer from 'inquirer'

const prompt = inquirer.createPromptModule({ output: process.stderr })

/** True for yes; the default is no. */
export async function askYesNo(question: string): Promise<boolean> {
  const { answer } = await prompt<{ answer: boolean }>([
    { type: 'confirm', name: 'answer', message: question, default: false },
  ])
  return answer
}

/** True when the user types exactly `expected`. */
export async function askToType(question: string, expected: string): Promise<boolean> {
  const { answer } = await prompt<{ answer: string }>([
    { type: 'input', name: 'answer', message: `${question} Type ${expected} to go ahead:` },
  ])
  return answer.trim() === expected
}
