/**
 * What an Envelope carries besides the request: the client's principal in the form of Kafka's DefaultKafkaPrincipalBuilder
 * (a version, then DefaultPrincipalData) and its address as the bytes of the number.
 */
import { decodeMessage, encodeMessage } from './codec.ts'
import { ProtocolError } from './errors.ts'
import { DefaultPrincipalData } from './logs/consumer-protocol.ts'

const PRINCIPAL_VERSION = 0

/** `principal` as Kafka prints it: `User:alice`. */
export function encodePrincipal(principal: string): Buffer {
  const colon = principal.indexOf(':')
  const data = { type: principal.slice(0, colon), name: principal.slice(colon + 1), tokenAuthenticated: false }
  return Buffer.concat([
    Buffer.from([0, PRINCIPAL_VERSION]),
    encodeMessage(DefaultPrincipalData, PRINCIPAL_VERSION, data),
  ])
}

/** Throws ProtocolError when the bytes are no principal. */
export function decodePrincipal(bytes: Buffer): string {
  if (bytes.length < 2 || bytes.readInt16BE(0) !== PRINCIPAL_VERSION) {
    throw new ProtocolError('a principal of an unknown version', 0)
  }
  const { type, name } = decodeMessage(DefaultPrincipalData, PRINCIPAL_VERSION, bytes, 2)
  return `${type}:${name}`
}

/** 4 or 16 bytes; the loopback address for what is no address. */
export function encodeAddress(host: string): Buffer {
  const v4 = ipv4(host.replace(/^::ffff:/i, ''))
  return v4 ?? ipv6(host.replace(/%.*$/, '')) ?? Buffer.from([127, 0, 0, 1])
}

/** Throws ProtocolError when there are not 4 or 16 bytes. */
export function decodeAddress(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.')
  if (bytes.length !== 16) throw new ProtocolError(`an address of ${bytes.length} bytes`, 0)
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':')
}

function ipv4(host: string): Buffer | undefined {
  const parts = host.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined
  return Buffer.from(parts.map(Number))
}

function ipv6(host: string): Buffer | undefined {
  const halves = host.split('::')
  if (halves.length > 2 || !host.includes(':')) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = (head?.length ?? 0) + (tail?.length ?? 0)
  if (tail === undefined ? given !== 8 : given > 7) return undefined
  const groups = [...(head ?? []), ...Array.from({ length: 8 - given }, () => '0'), ...(tail ?? [])]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  const bytes = Buffer.alloc(16)
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2)
  return bytes
}
