/**
 * The port to HTTP, for what tools ask a node in that language: metrics and health. Requests have no body; answers are
 * made piece by piece as the other end takes them.
 */
export interface HttpAnswer {
  readonly status: number
  /** Content type. */
  readonly type: string
  readonly body: Iterable<string | Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
}

export interface HttpListening {
  readonly host: string
  /** The port that was bound: the real one where 0 was asked for. */
  readonly port: number
  /** Drops open connections; resolves when the socket is closed. */
  close(): Promise<void>
}

export interface HttpServer {
  /** Listens; `answer` is asked for GET and HEAD. Rejects with the network's error when the address cannot be had. */
  listen(
    options: { readonly host: string; readonly port: number },
    answer: (path: string) => HttpAnswer,
  ): Promise<HttpListening>
}
