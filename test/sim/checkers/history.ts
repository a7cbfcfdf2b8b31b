/** What clients saw, in the order of virtual time; and what the replicas held in the end. */

export interface Send {
  readonly client: string
  readonly partition: string
  readonly value: number
  readonly invokedMs: number
  /** Set when it was acknowledged. */
  okMs?: number
  offset?: number
  /** fail: refused, and certainly not written. info: nobody knows. */
  status: 'info' | 'ok' | 'fail'
}

export interface Poll {
  readonly consumer: string
  readonly partition: string
  readonly atMs: number
  readonly records: readonly { readonly offset: number; readonly value: number }[]
  /** Where the consumer stood; what it gets next begins here unless records were removed. */
  readonly position: number
  /** The consumer went elsewhere before this poll: nothing follows from the one before. */
  readonly isReset?: boolean
}

/** The end of a partition, as its leader told it. */
export interface EndSeen {
  readonly partition: string
  readonly invokedMs: number
  readonly okMs: number
  readonly offset: number
  /** The leader's, as asked for and confirmed. */
  readonly epoch: number
  /** list: an answer of ListOffsets, which waits until the leader knows. fetch: the high watermark, which may lag at first. */
  readonly by: 'list' | 'fetch'
}

export interface Commit {
  readonly group: string
  readonly partition: string
  /** Unique. */
  readonly mark: string
  readonly invokedMs: number
  okMs?: number
  status: 'info' | 'ok' | 'fail'
}

export interface CommitRead {
  readonly group: string
  readonly partition: string
  readonly invokedMs: number
  readonly okMs: number
  /** Undefined: the group has no offset there. */
  readonly mark: string | undefined
}

/** A member was given its share of a generation. */
export interface GenerationSeen {
  readonly group: string
  readonly member: string
  readonly client: string
  readonly generation: number
  readonly atMs: number
  readonly partitions: readonly number[]
}

/** A member's commit, in the name of its generation. */
export interface MemberCommit {
  readonly group: string
  readonly client: string
  readonly partition: string
  readonly generation: number
  readonly offset: number
  readonly invokedMs: number
  isOk: boolean
}

/** Where a member began to read, as the group's offset told it. */
export interface MemberStart {
  readonly group: string
  readonly client: string
  readonly partition: string
  readonly offset: number
}

export interface DumpRecord {
  readonly offset: number
  readonly value: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequence: number
  readonly leaderEpoch: number
}

export interface Dump {
  readonly node: number
  readonly partition: string
  readonly isInSync: boolean
  readonly logStart: number
  readonly highWatermark: number
  readonly records: readonly DumpRecord[]
}

export interface History {
  readonly sends: Send[]
  readonly polls: Poll[]
  readonly ends: EndSeen[]
  readonly commits: Commit[]
  readonly commitReads: CommitRead[]
  readonly dumps: Dump[]
  readonly generations: GenerationSeen[]
  readonly memberCommits: MemberCommit[]
  readonly starts: MemberStart[]
  /** Partitions whose topic was deleted: nothing is expected of them any more. */
  readonly gone: Set<string>
  /** By partition: what lies before may have been deleted, because somebody asked for it. */
  readonly floors: Map<string, number>
}

export function emptyHistory(): History {
  return {
    sends: [],
    polls: [],
    ends: [],
    commits: [],
    commitReads: [],
    dumps: [],
    generations: [],
    memberCommits: [],
    starts: [],
    gone: new Set(),
    floors: new Map(),
  }
}

/** One broken promise. */
export interface Anomaly {
  readonly invariant: string
  readonly message: string
}
