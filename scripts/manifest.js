/** Prints the oclif manifest of the built commands: what `--help` and the dispatcher read instead of loading them all. */
import { Plugin } from '@oclif/core'
import { root } from './lib/install.js'

// The plugin itself, since Config would take the manifest of the last build for granted.
const plugin = new Plugin({ root, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true })
await plugin.load()
// In a fixed order: the file system's own would show as a change in every other build.
const commands = Object.fromEntries(Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)))
process.stdout.write(`${JSON.stringify({ ...plugin.manifest, commands }, null, 2)}\n`)
