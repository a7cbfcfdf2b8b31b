/**
 * Does a Kafka broker answer at this address, ready to serve? Asks Metadata version 1 for no topics over a bare socket:
 * the answer names at least one broker once the node has registered and is unfenced. Eight lines of protocol by hand
 * keep `mq broker status` free of the client.
 */
import { connect } from 'node:net'

const METADATA_KEY = 3
const CORRELATION_ID = 0x6d71
const RESPONSE_MAX_BYTES = 1 << 20

/** True when the broker answers in time and names a broker; false for anything else, never throws. */
export function probeBroker(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let received = Buffer.alloc(0)
    const finish = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(timeoutMs, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => resolve(false))
    socket.on('connect', () => socket.write(metadataRequest()))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 12) return
      const sizeBytes = received.readInt32BE(0)
      if (sizeBytes < 8 || sizeBytes > RESPONSE_MAX_BYTES) return finish(false)
      finish(received.readInt32BE(4) === CORRELATION_ID && received.readInt32BE(8) > 0)
    })
  })
}

/** Size, key, version 1, correlation id, null client id, an array of no topics. */
function metadataRequest(): Buffer {
  const frame = Buffer.alloc(18)
  frame.writeInt32BE(14, 0)
  frame.writeInt16BE(METADATA_KEY, 4)
  frame.writeInt16BE(1, 6)
  frame.writeInt32BE(CORRELATION_ID, 8)
  frame.writeInt16BE(-1, 12)
  frame.writeInt32BE(0, 14)
  return frame
}
