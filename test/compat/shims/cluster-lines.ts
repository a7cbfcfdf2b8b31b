/**
 * Invocations for shims-cluster.test.ts, on three nodes with two log directories each: `TOOL WORDS`, the words as in admin-lines.ts.
 * `{dir:N}` is a log directory of broker 1. What can stand beside each other is run by the original and the stand-in in turn; a
 * reassignment that is under way stands in the way of others, so that its lines are run from the first to the last by each.
 */

const lines = (text: string) => text.split('\n').filter((line) => line !== '')
/** A file of a reassignment: `topic-partition:replica,…`, with log directories behind a `/`. */
const plan = (...moves: string[]) => {
  const partitions = moves.map((move) => {
    const [, topic, partition, replicas, dirs] = /^(.+)-(\d+):([\d,]+)(?:\/(.*))?$/.exec(move)!
    const logDirs = dirs === undefined ? {} : { log_dirs: dirs.split(';') }
    return { topic, partition: Number(partition), replicas: replicas!.split(',').map(Number), ...logDirs }
  })
  return `{file:${JSON.stringify({ version: 1, partitions })}}`
}
const elections = (...places: string[]) => {
  const partitions = places.map((place) => {
    const [topic, partition] = place.split(':')
    return { topic, partition: Number(partition) }
  })
  return `{file:${JSON.stringify({ partitions })}}`
}
const all = (topic: string) => `{file:${JSON.stringify({ version: 1, topics: [{ topic }] })}}`

/** While all nodes run. */
export const together = lines(`
kafka-topics --create --topic @spread --replica-assignment 1:2:3,2:3:1,3:1:2
kafka-topics --create --topic @two --replica-assignment 1:2,2:3
kafka-topics --create --topic @single --replica-assignment 3
kafka-topics --create --topic @auto --partitions 6 --replication-factor 2
kafka-topics --create --topic @x --replica-assignment 1:2,3
kafka-topics --create --topic @x --replica-assignment 1:9
kafka-topics --create --topic @x --replica-assignment 1:2 --partitions 1
kafka-topics --create --topic @x --partitions 1 --replication-factor 4
kafka-topics --alter --topic @two --partitions 3 --replica-assignment 1:2,2:3,3:1
kafka-topics --alter --topic @two --partitions 4 --replica-assignment 3:1
kafka-topics --alter --topic @two --partitions 4 --replica-assignment 1:2,2:3,3:1,9:1
kafka-topics --alter --topic @two --partitions 2
kafka-topics --describe --topic java-(spread|two|single)
kafka-topics --describe --under-replicated-partitions
kafka-topics --describe --under-min-isr-partitions
kafka-topics --describe --at-min-isr-partitions
kafka-topics --describe --unavailable-partitions
kafka-topics --describe --topics-with-overrides
kafka-get-offsets --topic-partitions java-spread:0-2
kafka-log-dirs --describe --topic-list java-spread,java-two
kafka-log-dirs --describe --broker-list 1,3 --topic-list java-two
kafka-log-dirs --describe --broker-list 2,7
kafka-broker-api-versions
kafka-cluster cluster-id
kafka-cluster list-endpoints
kafka-cluster list-endpoints --include-fenced-brokers
kafka-features describe
kafka-metadata-quorum describe --status
kafka-metadata-quorum describe --replication
kafka-metadata-quorum remove-controller --controller-id 9 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAg
kafka-configs --describe --entity-type brokers
kafka-configs --describe --broker 2 --all
kafka-configs --alter --broker 2 --add-config log.cleaner.threads=2
kafka-configs --alter --broker 9 --add-config log.cleaner.threads=2 --command-config {file:default.api.timeout.ms=2000\\nrequest.timeout.ms=1000}
kafka-configs --alter --broker-defaults --add-config log.cleaner.threads=3
kafka-configs --describe --broker 2
kafka-configs --describe --broker-defaults
kafka-configs --describe --entity-type brokers --entity-name 1
kafka-configs --alter --broker 2 --delete-config log.cleaner.threads
kafka-configs --alter --broker-defaults --delete-config log.cleaner.threads
kafka-configs --describe --broker 2
kafka-configs --describe --broker 9
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@spread-0:2,1,3')}
kafka-leader-election --election-type preferred --topic @spread --partition 0
kafka-leader-election --election-type preferred --topic @spread --partition 0
kafka-leader-election --election-type unclean --topic @spread --partition 1
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@spread-0:1,2,3', '@spread-1:3,2,1')}
kafka-leader-election --election-type preferred --path-to-json-file ${elections('@spread:0', '@spread:1', '@spread:2')}
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@spread-0:1,2,7')}
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@spread-0:3,2,1', '@none-0:1')}
kafka-reassign-partitions --execute --throttle 5000000 --reassignment-json-file ${plan('@spread-2:1,3,2')}
kafka-reassign-partitions --verify --preserve-throttles --reassignment-json-file ${plan('@spread-2:1,3,2')}
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@spread-2:1,3,2')}
kafka-leader-election --election-type preferred --path-to-json-file ${elections('@spread:2')}
kafka-reassign-partitions --generate --broker-list 1 --topics-to-move-json-file ${all('java-two')}
kafka-reassign-partitions --generate --broker-list 1,2,3 --topics-to-move-json-file ${all('java-two')}
kafka-reassign-partitions --generate --broker-list 3,2 --topics-to-move-json-file ${all('java-two')} --disable-rack-aware
`)

/** Each side from the first to the last. `until` waits: for no reassignment under way, or for no move between directories. */
export const inTurn = [
  ...lines(`
kafka-reassign-partitions --execute --throttle 100 --reassignment-json-file ${plan('@moved-0:3,2', '@moved-1:2,3')}
kafka-reassign-partitions --list
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@moved-0:3,2', '@moved-1:2,3')}
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@moved-0:3,2')}
kafka-reassign-partitions --execute --additional --throttle 200 --reassignment-json-file ${plan('@moved-0:3,2')}
kafka-topics --describe --topic @moved
kafka-topics --describe --topic @moved --under-replicated-partitions
kafka-configs --describe --topic @moved
kafka-configs --describe --entity-type brokers
kafka-reassign-partitions --cancel --preserve-throttles --reassignment-json-file ${plan('@moved-1:2,3')}
kafka-reassign-partitions --list
kafka-reassign-partitions --cancel --reassignment-json-file ${plan('@moved-0:3,2', '@moved-1:2,3')}
kafka-reassign-partitions --cancel --reassignment-json-file ${plan('@moved-0:3,2', '@moved-1:2,3')}
kafka-reassign-partitions --list
kafka-configs --describe --topic @moved
kafka-configs --describe --entity-type brokers
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@moved-0:3,1', '@moved-1:1,3')}
until reassigned
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@moved-0:3,1', '@moved-1:1,3')}
kafka-leader-election --election-type preferred --all-topic-partitions
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:0}', '@moved-1:1,3/{dir:0};any')}
until moved
kafka-reassign-partitions --execute --replica-alter-log-dirs-throttle 100 --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:1}', '@moved-1:1,3/{dir:1};any')}
kafka-reassign-partitions --execute --replica-alter-log-dirs-throttle 100 --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:0}', '@moved-1:1,3/{dir:0};any')}
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:0}', '@moved-1:1,3/{dir:1};any')}
kafka-configs --describe --entity-type brokers
kafka-reassign-partitions --cancel --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:0}', '@moved-1:1,3/{dir:0};any')}
until moved
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@moved-0:3,1/any;{dir:0}', '@moved-1:1,3/{dir:1};any')}
kafka-topics --delete --topic @moved
`),
]

/** While node 3 is stopped. */
export const withoutOne = lines(`
kafka-topics --describe --topic java-(spread|two|single)
kafka-topics --describe --under-replicated-partitions
kafka-topics --describe --under-min-isr-partitions
kafka-topics --describe --at-min-isr-partitions
kafka-topics --describe --unavailable-partitions
kafka-topics --create --topic @x --partitions 1 --replication-factor 3
kafka-topics --create --topic @late --replica-assignment 3:1
kafka-topics --create --topic @x --replica-assignment 3
kafka-topics --alter --topic @two --partitions 4 --replica-assignment 1:2,2:3,3:1,3:2
kafka-log-dirs --describe --topic-list java-spread
kafka-log-dirs --describe --broker-list 1,3
kafka-broker-api-versions
kafka-cluster list-endpoints
kafka-cluster list-endpoints --include-fenced-brokers
kafka-metadata-quorum describe --status
kafka-metadata-quorum describe --replication
kafka-configs --describe --entity-type brokers
kafka-configs --describe --broker 3
kafka-get-offsets --topic java-spread
kafka-leader-election --election-type preferred --topic @spread --partition 1
kafka-leader-election --election-type preferred --all-topic-partitions
kafka-leader-election --election-type unclean --topic @single --partition 0
kafka-reassign-partitions --execute --reassignment-json-file ${plan('@two-0:1,3')}
kafka-reassign-partitions --generate --broker-list 1,3 --topics-to-move-json-file ${all('java-two')}
kafka-reassign-partitions --verify --reassignment-json-file ${plan('@two-0:1,2')}
kafka-reassign-partitions --list
`)

/** After it has come back. */
export const afterwards = lines(`
kafka-topics --describe --under-replicated-partitions
kafka-leader-election --election-type preferred --topic @spread --partition 1
kafka-leader-election --election-type preferred --path-to-json-file ${elections('@spread:1', '@single:0', '@none:0')}
`)
