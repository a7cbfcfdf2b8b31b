/** Users of --add-scram; what is refused stands in the words of Kafka 4.3.1. */
import { describe, expect, it } from 'vitest'
import { parseScram } from '../../../src/shims/tools/storage-scram.ts'

const SALT = 'MWx2NHBkbnc0ZndxN25vdGN4bTB5Y3k='

describe('--add-scram', () => {
  it('salts a password', () => {
    const user = parseScram(`SCRAM-SHA-256=[name=alice,password=secret,salt="${SALT}",iterations=8192]`)
    expect(user).toMatchObject({ name: 'alice', mechanism: 1, iterations: 8192, salt: Buffer.from(SALT, 'base64') })
    expect(user.saltedPassword).toHaveLength(32)
    const again = parseScram(`SCRAM-SHA-256=[name=alice,password=secret,salt=${SALT},iterations=8192]`)
    expect(again.saltedPassword.equals(user.saltedPassword)).toBe(true)
  })

  it('takes a salted password as it is, unless there is a password too', () => {
    const given = parseScram(`SCRAM-SHA-512=[name=alice,saltedpassword=abcd,salt=${SALT}]`)
    expect(given).toMatchObject({ mechanism: 2, iterations: 4096, saltedPassword: Buffer.from('abcd', 'base64') })
    const both = parseScram(`SCRAM-SHA-512=[name=alice,password=x,saltedpassword=abcd,salt=${SALT}]`)
    expect(both.saltedPassword).toHaveLength(64)
  })

  it('makes a salt where none is given, another one each time', () => {
    const [one, other] = [1, 2].map(() => parseScram('SCRAM-SHA-256=[name=a b,name=bob,password="p w"]'))
    expect(one!.name).toBe('bob')
    expect(one!.salt.equals(other!.salt)).toBe(false)
  })

  it.each([
    ['SCRAM-SHA-256', "Failed to find equals sign in SCRAM argument 'SCRAM-SHA-256'"],
    ['SCRAM-SHA-999=[name=alice,password=x]', 'The add-scram mechanism SCRAM-SHA-999 is not supported.'],
    ['SCRAM-SHA-256=name=alice', 'Expected configuration string to start with ['],
    ['SCRAM-SHA-256=[name=alice', 'Expected configuration string to end with ]'],
    ['SCRAM-SHA-256=[name=alice,password]', 'No equals sign found in SCRAM component: password'],
    ['SCRAM-SHA-256=[ name=alice,password=x]', "You must supply 'name' to add-scram"],
    ['SCRAM-SHA-256=[name=alice]', "You must supply one of 'password' or 'saltedpassword' to add-scram"],
    ['SCRAM-SHA-256=[name=alice,saltedpassword=abcd]', "You must supply 'salt' with 'saltedpassword' to add-scram"],
    ['SCRAM-SHA-256=[name=alice,password=x,salt=???]', 'Failed to decode given salt: ???'],
    ['SCRAM-SHA-256=[name=alice,password=x,iterations=abc]', 'Failed to parse iterations count: abc'],
    ['SCRAM-SHA-256=[name=alice,password=x,frob=1]', 'Unknown SCRAM configurations: frob'],
    [
      'SCRAM-SHA-256=[name=alice,password=x,iterations=2]',
      "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256",
    ],
    [
      'SCRAM-SHA-512=[name=alice,password=x,iterations=20000]',
      "The 'iterations' value must be <= 16384 for add-scram using SCRAM_SHA_512",
    ],
  ])('%s', (argument, message) => {
    expect(() => parseScram(argument)).toThrow(message)
  })
})
