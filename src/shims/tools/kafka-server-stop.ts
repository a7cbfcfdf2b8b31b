/**
 * kafka-server-stop: sends SIGTERM to the nodes of mq that run here, those that kafka-server-start started and those of local clusters.
 * It never looks for processes by name; like the original it does not wait for their end.
 */
import type { Options } from '../options.ts'
import type { ShimIo, Tool } from '../tool.ts'
import { runningServers } from './server-record.ts'

export const kafkaServerStop: Tool = {
  name: 'kafka-server-stop',
  grammar: {
    kind: 'jopt',
    purpose: 'Stops the nodes of mq on this machine.',
    emptyRuns: true,
    flags: [
      { name: 'process-role', arg: 'required', argName: 'broker|controller', help: 'Only nodes with this role.' },
      { name: 'node-id', arg: 'required', argName: 'id', help: 'Only the node with this id.' },
    ],
  },
  run,
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const [role, id] = [options.one('process-role'), options.one('node-id')]
  const servers = runningServers().filter(
    ({ nodeId, roles }) => (id === undefined || String(nodeId) === id) && (role === undefined || roles.includes(role)),
  )
  if (servers.length === 0) {
    io.stdout('No kafka server to stop\n')
    return 1
  }
  const signal = `SIG${(io.env.SIGNAL ?? 'TERM').replace(/^SIG/, '')}` as NodeJS.Signals
  let code = 0
  for (const { pid } of servers) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      io.stderr(`kill: (${pid}) - ${(error as Error).message}\n`)
      code = 1
    }
  }
  return code
}
