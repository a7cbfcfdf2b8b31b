/** Unit tests: everything under test/ but the compat suites, which need peers that are installed by `.ci/run`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/compat/**'], testTimeout: 20_000, pool: 'forks' },
})
