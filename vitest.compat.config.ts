/** Compat suites: real clients and tools against the bundled broker, and mq's commands against Apache Kafka. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/compat/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    pool: 'forks',
  },
})
