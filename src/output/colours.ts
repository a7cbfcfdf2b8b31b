/**
 * The four roles of colour, chosen by meaning. Nothing is said by colour alone. Colours are on only where stdout is a
 * terminal and NO_COLOR is not set; `useColour` decides once per command.
 */
import chalk, { Chalk, type ChalkInstance } from 'chalk'

let instance: ChalkInstance = chalk

/** `auto` follows the terminal, NO_COLOR and FORCE_COLOR; `never` is for `--no-color` and JSON. */
export function useColour(when: 'auto' | 'never'): void {
  const noColour = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== ''
  instance = when === 'never' || noColour ? new Chalk({ level: 0 }) : chalk
}

/** Text in its role. */
export const colours = {
  error: (text: string): string => instance.red(text),
  warning: (text: string): string => instance.yellow(text),
  muted: (text: string): string => instance.dim(text),
  success: (text: string): string => instance.green(text),
  heading: (text: string): string => instance.bold(text),
}
