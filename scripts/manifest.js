/** Prints the oclif manifest of the built commands: what `--help` and the dispatcher read instead of loading them all. */
import { Config } from '@oclif/core'
import { root } from './lib/install.js'

const config = await Config.load({ root, ignoreManifest: true })
const plugin = config.plugins.get(config.pjson.name)
process.stdout.write(`${JSON.stringify(plugin.manifest, null, 2)}\n`)
