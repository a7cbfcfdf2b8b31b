/**
 * Flags about records that several commands have in the same words: which to show, how to send them. Each is one object that the
 * commands spread or name, so that `mq consume`, `mq groups peek`, `mq produce` and `mq perf` cannot come apart.
 */
import * as Flags from '@oclif/core/flags'

/** Picks records by what is in them. */
export const recordFilterFlags = {
  key: Flags.string({ helpValue: 'PATTERN', summary: 'Only records with such a key.' }),
  value: Flags.string({ helpValue: 'PATTERN', summary: 'Only records with such a value.' }),
  header: Flags.string({
    helpValue: 'NAME[=PATTERN]',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Only records with such a header; repeatable.',
  }),
}

export const isolationLevelFlag = Flags.option({
  options: ['read_uncommitted', 'read_committed'] as const,
  default: 'read_uncommitted',
  summary: 'Whether records of open and aborted transactions are read.',
})()

export const acksFlag = Flags.option({
  options: ['all', '-1', '0', '1'] as const,
  default: 'all',
  summary: 'Who must have a record.',
})()

export const compressionFlag = Flags.option({
  char: 'z',
  options: ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const,
  default: 'none',
  summary: 'Codec of the batches.',
})()
