/** `npm test`: installs what is missing, builds, runs the unit tests. Arguments go to vitest. */
import { ensureInstalled, run } from './lib/install.js'

ensureInstalled()
run(process.execPath, ['scripts/build.js'])
run('npx', ['--no-install', 'vitest', 'run', ...process.argv.slice(2)])
