/**
 * What the network floor needs from the floor that answers: one function. Declared here, implemented by the dispatcher
 * of the handlers, joined by the composition root.
 */

/** The other end of a connection, as requests see it. */
export interface Peer {
  readonly listenerName: string
  /** Kafka's form: local host:port - remote host:port - processor - number. */
  readonly connectionId: string
  readonly host: string
  /** `User:ANONYMOUS` until an authentication says otherwise. */
  principal: string
  /**
   * Set by whoever lets a request wait: runs when the connection ends before the answer is there. Taken away with the
   * answer; a connection has one request at a time.
   */
  onGone?: (() => void) | undefined
}

/** A framed response (with its size field) in pieces, or null: this request has no response. */
export type Answer = readonly Uint8Array[] | null

export interface RequestServer {
  /**
   * Answers one request frame (without its size field). Whatever it throws or rejects with closes the connection; the
   * message goes to the log. `arrivedMs`: monotonic milliseconds when the frame's last byte was received.
   */
  serve(frame: Buffer, peer: Peer, arrivedMs?: number): Answer | Promise<Answer>
  /** After `serve` returned (its promise may be pending): true when nobody looks at the bytes of `frame` any more. */
  mayRecycle?(frame: Buffer): boolean
}
