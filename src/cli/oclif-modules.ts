/** oclif's entry as a module of the build, for where the quick start (oclif.ts) does not apply. */
export { execute } from '@oclif/core/execute'
