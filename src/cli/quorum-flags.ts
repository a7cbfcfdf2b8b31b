/** What the commands about nodes and voters share: an id as an argument, a directory id as a flag. */
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { isUuid } from '../base/uuid.ts'

/** The id of a node, required. */
export function nodeArg(description: string) {
  return Args.custom<number>({
    parse: async (text) => {
      if (/^\d{1,9}$/.test(text)) return Number(text)
      throw new UsageError(`a node id is a whole number, not "${text}"`)
    },
  })({ description, required: true, ignoreStdin: true })
}

/** `--directory-id`. */
export const directoryFlag = Flags.string({
  helpValue: 'UUID',
  parse: async (text) => {
    if (isUuid(text)) return text
    throw new UsageError(
      `--directory-id needs an id of 22 characters, as directory.id in meta.properties, not "${text}"`,
    )
  },
  summary: "Id of the node's metadata directory; default: what the cluster knows.",
})
