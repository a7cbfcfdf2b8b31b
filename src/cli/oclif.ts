/** oclif's entry as the build bundles it: loading its hundred files one by one costs more than most commands. */
export { execute } from '@oclif/core/execute'
