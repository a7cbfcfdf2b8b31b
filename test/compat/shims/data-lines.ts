/**
 * Invocations of Kafka's data and node tools for shims-data.test.ts, one a line, in the order in which they are run. `@` before a
 * name stands for a prefix that the original and the stand-in do not share; `{stdin:TEXT}` as the first word is standard input,
 * `{file:TEXT}` a file with that text (`~` is a blank); `-` as the first argument leaves out `--bootstrap-server`; `{data}` is the
 * node's log directory; `!` before a line: the original ends the JVM that it runs in, and gets one of its own. Lines are compared in any order where partitions or batches decide it.
 */
const PRODUCER = `
kafka-topics --create --topic @a --partitions 3
kafka-topics --create --topic @b
kafka-topics --create --topic @c
{stdin:k1:v1\\nk2:v2\\nk3:v3\\nk1:v4\\nk3:\\nk9:NULL\\n} kafka-console-producer --topic @a --sync --reader-property parse.key=true --reader-property key.separator=: --reader-property null.marker=NULL
{stdin:one\\ntwo\\n\\nthree} kafka-console-producer --topic @b
{stdin:h1:v1,h2:v2\\tk\\tv\\nh1:\\tk\\tv\\n} kafka-console-producer --topic @b --reader-property parse.key=true --reader-property parse.headers=true
{stdin:\\tk\\tv\\n} kafka-console-producer --topic @c --reader-property parse.key=true --reader-property parse.headers=true
{stdin:nokey} kafka-console-producer --topic @c --reader-property parse.key=true
{stdin:nokey\\nab:c\\n} kafka-console-producer --topic @b --reader-property parse.key=true --reader-property ignore.error=true --reader-property key.separator=:
{stdin:nohead} kafka-console-producer --topic @c --property parse.headers=true
{stdin:bad,h:1\\tv} kafka-console-producer --topic @c --property parse.headers=true
{stdin:x,h:1\\tv\\nno\\nk\\tv2\\na:b\\tk:v\\n} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property ignore.error=true
{stdin:h:1\\tnokey\\nnohead\\n:\\tk:v\\nh:NULL\\tNULL:NULL\\nNULL\\tNULL:NULL\\n} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property parse.key=true --reader-property key.separator=: --reader-property ignore.error=true --reader-property null.marker=NULL
{stdin:h:1\\tnokey\\n} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property parse.key=true --reader-property key.separator=:
{stdin:NULL\\tv\\nh:a:b\\tw\\n} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property null.marker=NULL
{stdin:x} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property headers.delimiter=,
{stdin:x} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property headers.delimiter=:
{stdin:x} kafka-console-producer --topic @c --reader-property parse.headers=true --reader-property headers.separator=:
{stdin:x} kafka-console-producer --topic @c --reader-property null.marker=: --reader-property key.separator=: --reader-property parse.key=true
{stdin:x} kafka-console-producer --topic @c --reader-property null.marker=, --reader-property parse.headers=true
{stdin:x} kafka-console-producer --topic @c --property a=b --reader-property b=c
{stdin:x} kafka-console-producer --topic @b --producer-property acks=1
{stdin:x} kafka-console-producer --topic @b --producer-property acks=7
{stdin:x} kafka-console-producer --topic @b --producer-property acks=1 --command-property acks=1
{stdin:x} kafka-console-producer --topic @b --producer-property acks
{stdin:x} kafka-console-producer --topic @b --compression-codec
{stdin:x} kafka-console-producer --topic @b --compression-codec best
{stdin:x} kafka-console-producer --topic @b --compression-codec zstd --sync
{stdin:x} kafka-console-producer --topic @b --compression-codec lz4
{stdin:x} kafka-console-producer --topic @b --compression-codec snappy
{stdin:x} kafka-console-producer --topic @b --request-required-acks 0
{stdin:x} kafka-console-producer --topic @b --request-required-acks 3
{stdin:x} kafka-console-producer --topic @b --batch-size x
{stdin:x} kafka-console-producer --topic @b --line-reader no.such.Class
{stdin:x} kafka-console-producer --topic @b --reader-property nosuch=1
{stdin:x} kafka-console-producer --topic @b --reader-config {none}
{stdin:x} kafka-console-producer --topic @b --reader-config {file:parse.key=false}
{stdin:x} kafka-console-producer --topic @b --command-config {none}
{stdin:x} kafka-console-producer --topic @b --command-config {file:client.id=n} --producer.config {file:client.id=n}
{stdin:x} kafka-console-producer --topic @b --producer.config {file:client.id=named}
{stdin:x} kafka-console-producer --topic @b --command-property linger.ms=soon
{stdin:x} kafka-console-producer --topic @b --command-property no.such=soon
{stdin:x} kafka-console-producer --topic @b --command-property enable.idempotence=true --command-property acks=1
{stdin:x} kafka-console-producer - --topic @b --bootstrap-server nohost
{stdin:x} kafka-console-producer - --topic @b --bootstrap-server nohost.invalid:9092
{stdin:x} kafka-console-producer --topic @b --broker-list x
kafka-console-producer - --topic @b
kafka-console-producer
kafka-console-producer --topic @b --topic @c
kafka-console-producer - --help
kafka-console-producer - --version
kafka-console-producer --topic @b --max-block-ms 100 --timeout 5 --retry-backoff-ms 10 --message-send-max-retries 2 --metadata-expiry-ms 1000 --request-timeout-ms 1000 --socket-buffer-size 1000 --max-memory-bytes 100000 --max-partition-memory-bytes 100
{stdin:x} kafka-console-producer --topic @b extra words
{stdin:x\\r\\ny\\rz\\n\\n} kafka-console-producer --topic @c
{stdin:x} kafka-console-producer --topic @b/d --sync
`

const CONSUMER = `
kafka-console-consumer --topic @b --from-beginning --timeout-ms 1500
kafka-console-consumer --topic @c --partition 0 --offset earliest --timeout-ms 1500 --formatter-property print.timestamp=true --formatter-property print.key=true --formatter-property print.offset=true --formatter-property print.epoch=true --formatter-property print.partition=true --formatter-property print.headers=true --formatter-property print.delivery=true
kafka-console-consumer --topic @c --from-beginning --timeout-ms 1500 --formatter-property print.key=true --formatter-property print.headers=true --formatter-property null.literal=NIL --formatter-property headers.separator=; --formatter-property key.separator=%
kafka-console-consumer --topic @b --partition 0 --offset 1 --max-messages 1 --timeout-ms 6000
kafka-console-consumer --topic @b --partition 0 --offset 1000 --timeout-ms 1000
kafka-console-consumer --topic @a --partition 9 --offset 0 --timeout-ms 1000
kafka-console-consumer --topic @a --partition 0 --offset x
kafka-console-consumer --topic @a --partition 0 --offset -5
kafka-console-consumer --topic @a --partition x
kafka-console-consumer --topic @a --timeout-ms x
kafka-console-consumer --topic @a --offset 3
kafka-console-consumer --partition 0 --include @a
kafka-console-consumer
kafka-console-consumer - --help
kafka-console-consumer - --version
kafka-console-consumer --topic @a --include @b
kafka-console-consumer --topic @a --from-beginning --partition 0 --offset 1
kafka-console-consumer --topic @a --group @g --partition 0
kafka-console-consumer --topic @c --group @g --from-beginning --max-messages 3 --timeout-ms 6000
kafka-console-consumer --topic @c --group @g --from-beginning --max-messages 3 --timeout-ms 6000
kafka-console-consumer --topic @a --group @g --from-beginning --consumer-property auto.offset.reset=latest
kafka-console-consumer --topic @a --group g --consumer-property group.id=h
kafka-console-consumer --topic @c --consumer-property group.id=@h --from-beginning --max-messages 1 --timeout-ms 6000
kafka-console-consumer --topic @b --max-messages 0 --from-beginning --timeout-ms 6000
kafka-console-consumer --topic @b --max-messages x --from-beginning --timeout-ms 6000
kafka-console-consumer --topic @none --timeout-ms 1500
kafka-console-consumer --include @(a|b) --from-beginning --timeout-ms 2000 --property print.value=false --property print.key=true
kafka-console-consumer --topic @b --partition 0 --offset 0 --timeout-ms 1000 --formatter org.apache.kafka.tools.consumer.NoOpMessageFormatter
kafka-console-consumer --topic @b --partition 0 --offset 0 --timeout-ms 3000 --formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter
kafka-console-consumer --topic @b --partition 0 --offset 0 --timeout-ms 1000 --formatter no.such
kafka-console-consumer --topic @b --isolation-level read_committed --partition 0 --offset 0 --timeout-ms 1000
kafka-console-consumer --topic @b --isolation-level sloppy --partition 0 --offset 0 --timeout-ms 1000
kafka-console-consumer --topic @b --skip-message-on-error --partition 0 --offset 0 --timeout-ms 1000 --value-deserializer org.apache.kafka.common.serialization.LongDeserializer
kafka-console-consumer --topic @b --partition 0 --offset 0 --timeout-ms 1000 --value-deserializer org.apache.kafka.common.serialization.LongDeserializer
kafka-console-consumer --topic @b --partition 0 --offset 0 --max-messages 3 --formatter-property value.deserializer=org.apache.kafka.common.serialization.BytesDeserializer --timeout-ms 6000
kafka-console-consumer --topic @c --partition 0 --offset 0 --timeout-ms 1000 --property null.literal=NIL --property line.separator=;
kafka-console-consumer --topic @c --partition 0 --offset 0 --max-messages 2 --formatter-property print.value=maybe --formatter-property print.offset=TRUE --timeout-ms 6000
kafka-console-consumer --topic @c --partition 0 --offset 0 --max-messages 2 --formatter-property a --property b=1 --timeout-ms 6000
kafka-console-consumer --topic @c --partition 0 --offset 0 --max-messages 2 --command-property max.poll.records=x --timeout-ms 6000
kafka-console-consumer --topic @c --partition 0 --offset 0 --max-messages 2 --command-property auto.offset.reset=sometimes --timeout-ms 6000
kafka-console-consumer --topic @c --partition 0 --max-messages 2 --timeout-ms 1000 --offset EARLIEST
kafka-console-consumer - --topic c --timeout-ms 1000
kafka-console-consumer - --topic c --partition 0 --timeout-ms 1000 --bootstrap-server nohost
kafka-console-consumer --topic @a --group _ --timeout-ms x
kafka-console-consumer --topic @c --group @auto --timeout-ms 4000 --command-property client.id=@c
kafka-console-consumer --topic @c --group @manual --from-beginning --max-messages 15 --timeout-ms 20000 --command-property enable.auto.commit=false
kafka-console-consumer --topic @c --group @static --from-beginning --max-messages 15 --timeout-ms 20000 --command-property group.instance.id=@i
kafka-console-consumer --topic @c --group @newer --from-beginning --max-messages 15 --timeout-ms 20000 --command-property group.protocol=consumer
kafka-console-consumer --include @(b|c) --group @newest --from-beginning --timeout-ms 5000 --command-property group.protocol=consumer --command-property group.remote.assignor=range --formatter-property print.value=false --formatter-property print.partition=true
kafka-console-consumer --topic @c --group @newer --timeout-ms 2000 --command-property group.protocol=consumer --command-property group.remote.assignor=nope
kafka-console-consumer --topic @c --group @cooperative --from-beginning --max-messages 15 --timeout-ms 20000 --command-property partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor
kafka-console-consumer --topic @c --group @d --max-messages 15 --timeout-ms 20000 --command-property auto.offset.reset=by_duration:P1D
kafka-console-consumer --topic @b --timeout-ms 1000 --command-property auto.offset.reset=none
kafka-console-consumer --topic @b --timeout-ms 1000 --group @n --command-property auto.offset.reset=none
kafka-console-consumer --topic @b --timeout-ms 1000 --command-property group.protocol=nope
kafka-console-consumer --topic @b --timeout-ms 1000 --command-property group.protocol=consumer --command-property session.timeout.ms=10000
kafka-console-consumer --topic @b --timeout-ms 1000 --command-property group.remote.assignor=uniform
kafka-console-consumer --topic @b --timeout-ms 1000 --command-property session.timeout.ms=10
kafka-console-consumer --topic @b/c --timeout-ms 1000
kafka-console-consumer --topic @made --timeout-ms 2000
kafka-get-offsets --topic @made
kafka-consumer-groups --describe --group @auto
kafka-consumer-groups --describe --group @manual
kafka-consumer-groups --describe --group @newer
kafka-consumer-groups --describe --group @cooperative
kafka-consumer-groups --describe --group @d
kafka-console-consumer --topic @c --command-config {none}
kafka-console-consumer --topic @c --command-config {file:a=b} --consumer.config {file:a=b}
kafka-console-consumer --topic @c --formatter-config {none}
kafka-console-consumer --topic @c --zookeeper x
`

const OFFSETS = `
kafka-get-offsets --topic @a
kafka-get-offsets --topic @(a|b) --time earliest
kafka-get-offsets --topic @a --time -1
kafka-get-offsets --topic @a --time -2
kafka-get-offsets --topic @b --time max-timestamp
kafka-get-offsets --topic @b --time -3
kafka-get-offsets --topic @a --time 1000
kafka-get-offsets --topic @a --time 4000000000000
kafka-get-offsets --topic @a --time soon
kafka-get-offsets --topic @a --partitions 0,2
kafka-get-offsets --topic @a --partitions 0,9
kafka-get-offsets --topic @a --partitions x
kafka-get-offsets --topic-partitions @a:0-2,@b:0
kafka-get-offsets --topic-partitions @a:1-,@b
kafka-get-offsets --topic-partitions @a:-2
kafka-get-offsets --topic-partitions @a:x
kafka-get-offsets --topic-partitions @a:0 --topic @a
kafka-get-offsets --topic-partitions @a:0 --partitions 1
kafka-get-offsets --topic @none-at-all
kafka-get-offsets --topic a(
kafka-get-offsets --topic __consumer_offsets --exclude-internal-topics
kafka-get-offsets --topic @a --command-config {none}
kafka-get-offsets --topic @a --command-config {file:client.id=named}
kafka-get-offsets - --topic a --bootstrap-server nohost
kafka-get-offsets - --topic a --bootstrap-server nohost.invalid:1
kafka-get-offsets - --topic a
kafka-get-offsets - --version
kafka-get-offsets --broker-list x --topic @a
kafka-get-offsets --topic @a extra
kafka-get-offsets --topic @a --time
kafka-get-offsets --topi @a
kafka-get-offsets --topic=@a
kafka-get-offsets --topic @a --topic @b
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@b","partition":0,"offset":1}],"version":1}}
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@a","partition":0,"offset":-1}],"version":1}}
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@b","partition":0,"offset":99}]}}
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@b","partition":0,"offset":1},{"topic":"@b","partition":0,"offset":1}]}}
kafka-delete-records --offset-json-file {file:{"version":2}}
kafka-delete-records --offset-json-file {file:{"version":1}}
kafka-delete-records --offset-json-file {file:not~json}
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@a","partition":"x","offset":1}]}}
kafka-delete-records --offset-json-file {file:{"partitions":[{"topic":"@a","partition":0}]}}
kafka-delete-records --offset-json-file {none}
kafka-delete-records
kafka-delete-records - --offset-json-file x
kafka-delete-records --nonsense
kafka-delete-records --offset-json-file x --command-config {none}
kafka-delete-records - --bootstrap-server nohost.invalid:1 --offset-json-file x
kafka-get-offsets --topic @(a|b) --time earliest
`

const NODE = `
kafka-broker-api-versions
kafka-broker-api-versions --command-config {file:client.id=named}
kafka-broker-api-versions --command-config {none}
kafka-broker-api-versions - --bootstrap-server nohost.invalid:1
kafka-broker-api-versions - --bootstrap-server nohost
kafka-broker-api-versions - --version
kafka-broker-api-versions --nonsense
kafka-cluster cluster-id
kafka-cluster cluster-id --config {file:a=b}
kafka-cluster cluster-id --command-config {file:a=b}
kafka-cluster cluster-id --config {file:a=b} --command-config {file:a=b}
kafka-cluster cluster-id --command-config {none}
kafka-cluster list-endpoints
kafka-cluster unregister --id 9
!kafka-cluster unregister
!kafka-cluster unregister --id x
!kafka-cluster - cluster-id
kafka-cluster - cluster-id -b nohost.invalid:1
kafka-cluster - cluster-id -b nohost
!kafka-cluster - cluster-id -b a:1 -C b:1
!kafka-cluster - frob
!kafka-cluster - --version
!kafka-cluster - --help
kafka-features describe --node-id 1
kafka-features - describe
kafka-features - frob
kafka-features -
kafka-features upgrade
kafka-features upgrade --feature no.such
kafka-features upgrade --feature no.such=x
kafka-features upgrade --feature group.version=1 --feature group.version=1
kafka-features upgrade --metadata 99
kafka-features upgrade --metadata 4.3-IV0 --release-version 4.3-IV0
kafka-features upgrade --release-version 9.9
kafka-features downgrade
kafka-features disable
kafka-features disable --feature kraft.version --dry-run
kafka-features version-mapping
kafka-features - version-mapping --release-version 3.9-IV0
kafka-features - version-mapping --release-version 4.1
kafka-features - version-mapping --release-version 9
kafka-features - feature-dependencies --feature metadata.version=30 --feature group.version=1
kafka-features - feature-dependencies --feature eligible.leader.replicas.version=1
kafka-features - feature-dependencies --feature nope=1
kafka-features - feature-dependencies --feature group.version=9
kafka-features - feature-dependencies --feature group.version
kafka-features - feature-dependencies
kafka-features --command-config {none} describe
kafka-features - --bootstrap-server nohost.invalid:1 describe
kafka-metadata-quorum describe --replication
kafka-metadata-quorum describe --status
kafka-metadata-quorum describe --status --human-readable
kafka-metadata-quorum describe
kafka-metadata-quorum describe --status --replication
kafka-metadata-quorum add-controller
kafka-metadata-quorum --command-config {file:a=b} add-controller
kafka-metadata-quorum --command-config {none} describe --status
kafka-metadata-quorum remove-controller --controller-id 3 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAg --dry-run
kafka-metadata-quorum remove-controller --controller-id -3 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAg
kafka-metadata-quorum remove-controller --controller-id 3 --controller-directory-id bad
kafka-metadata-quorum remove-controller --controller-id x --controller-directory-id bad
kafka-metadata-quorum remove-controller
kafka-metadata-quorum - describe --status
kafka-metadata-quorum -
kafka-metadata-quorum - --bootstrap-server nohost.invalid:1 describe --status
`

const FILES = `
kafka-storage - info -c {none}
kafka-storage - format -c {none} -t x
kafka-storage - format
kafka-storage - random-uuid x
kafka-storage - version-mapping
kafka-storage - version-mapping -r 3.9-IV0
kafka-storage - version-mapping -r 1
kafka-storage - feature-dependencies -f eligible.leader.replicas.version=1
kafka-storage - feature-dependencies -f nope=1
kafka-storage - feature-dependencies -f nope
kafka-storage - --version
kafka-storage - --help
kafka-storage - format -c {file:node.id=1\\nlog.dirs=/nowhere\\nprocess.roles=broker,controller\\nlisteners=CONTROLLER://127.0.0.1:1\\ncontroller.listener.names=CONTROLLER\\ncontroller.quorum.voters=1@127.0.0.1:1} -t x --standalone
kafka-storage - format -c {file:log.dirs=/nowhere\\nprocess.roles=broker} -t x
kafka-storage - format -c {file:node.id=1\\nlog.dirs=/nowhere\\nprocess.roles=broker,controller\\nlisteners=CONTROLLER://127.0.0.1:1\\ncontroller.listener.names=CONTROLLER\\ncontroller.quorum.voters=1@127.0.0.1:1} -t x -S SCRAM-SHA-256
kafka-storage - format -c {file:node.id=1\\nlog.dirs=/nowhere\\nprocess.roles=broker,controller\\nlisteners=CONTROLLER://127.0.0.1:1\\ncontroller.listener.names=CONTROLLER\\ncontroller.quorum.voters=1@127.0.0.1:1} -t x -S SCRAM-SHA-256=[name=alice]
kafka-storage - format -c {file:node.id=1\\nlog.dirs=/nowhere\\nprocess.roles=broker,controller\\nlisteners=CONTROLLER://127.0.0.1:1\\ncontroller.listener.names=CONTROLLER\\ncontroller.quorum.voters=1@127.0.0.1:1} -t x -S SCRAM-SHA-256=[name=alice,password=x,iterations=2]
kafka-storage - format -c {file:node.id=1\\nlog.dirs=/nowhere\\nprocess.roles=broker,controller\\nlisteners=CONTROLLER://127.0.0.1:1\\ncontroller.listener.names=CONTROLLER\\ncontroller.quorum.voters=1@127.0.0.1:1} -t x -S SCRAM-SHA-999=[name=alice,password=x]
kafka-dump-log - --files {data}/java-b-0/00000000000000000000.log
kafka-dump-log - --files {data}/java-c-0/00000000000000000000.log --print-data-log
kafka-dump-log - --files {data}/java-c-0/00000000000000000000.log --deep-iteration --skip-record-metadata
kafka-dump-log - --files {data}/java-c-0/00000000000000000000.log --print-data-log --skip-record-metadata
kafka-dump-log - --files {data}/java-c-0/00000000000000000000.log --max-bytes 300
kafka-dump-log - --files {data}/java-c-0/none.log
kafka-dump-log - --files {data}/java-c-0/partition.metadata
kafka-dump-log - --files {data}/__consumer_offsets-0/00000000000000000000.log --offsets-decoder
kafka-dump-log - --files {data}/__cluster_metadata-0/00000000000000000000.log --cluster-metadata-decoder --max-bytes 4000
kafka-dump-log - --files {data}/__cluster_metadata-0/00000000000000000000.log --skip-record-metadata --cluster-metadata-decoder --max-bytes 4000
kafka-dump-log - --files {data}/bootstrap.checkpoint --cluster-metadata-decoder
kafka-dump-log - --nonsense
`

const CLIENTS = `
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1
kafka-producer-perf-test - --topic @p --num-records 10 --throughput -1 --record-size 10
kafka-producer-perf-test --topic @p --num-records 0 --throughput -1 --record-size 10
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 0
kafka-producer-perf-test --topic @p --num-records 10 --throughput x --record-size 10
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --payload-file {none}
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --payload-file {file:a\\nb}
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --payload-monotonic --producer-props acks=1 linger.ms=1
kafka-producer-perf-test --topic @p --num-records 20 --throughput -1 --record-size 10 --warmup-records 5
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --payload-monotonic --command-property acks=9
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --payload-monotonic --command-property acks=1 --producer-props acks=1
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --warmup-records 20
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --reporting-interval 0
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --command-config {none}
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --payload-monotonic
kafka-producer-perf-test --topic @p --num-records 20 --throughput -1 --record-size 10 --transactional-id @tx
kafka-producer-perf-test --topic @p --num-records 20 --throughput 100 --record-size 10 --transactional-id @tx --transaction-duration-ms 40
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --transaction-duration-ms 1000 --command-property transactional.id=@ty
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --transactional-id x --transaction-duration-ms 0
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --transactional-id x --transaction-duration-ms soon
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --transactional-id x --command-property acks=1
kafka-producer-perf-test --topic @p --num-records 10 --throughput -1 --record-size 10 --transactional-id x --command-property transaction.timeout.ms=2000000000
kafka-consumer-perf-test --topic @p
kafka-consumer-perf-test --num-records 3
kafka-consumer-perf-test --topic @p --num-records 3 --messages 3
kafka-consumer-perf-test - --topic @p --num-records 3
kafka-consumer-perf-test --topic @p --include p --num-records 3
kafka-consumer-perf-test --topic @p --num-records x
kafka-consumer-perf-test --topic @p --messages 3
kafka-consumer-perf-test --topic @p --num-records 900 --timeout 1000 --hide-header
kafka-consumer-perf-test --topic @p --num-records 3 --date-format qqq
kafka-consumer-perf-test --topic @p --num-records 3 --command-config {none}
!kafka-verifiable-producer --topic @v --max-messages 4 --value-prefix 9 --repeating-keys 2
!kafka-verifiable-producer --topic @w --max-messages 2 --acks 1 --throughput 10 --message-create-time 1000
!kafka-verifiable-producer - --topic @v
!kafka-verifiable-producer --topic @v --max-messages x
!kafka-verifiable-producer --topic @v --max-messages 1 --acks 5
!kafka-verifiable-producer --topic @v --max-messages 1 --command-config {none}
!kafka-verifiable-consumer --topic @v --group-id @vg --max-messages 4 --verbose
!kafka-verifiable-consumer --topic @v --group-id @vs --max-messages 4 --group-instance-id one
!kafka-verifiable-consumer --topic @v --group-id @vn --max-messages 4 --group-protocol consumer
!kafka-verifiable-consumer --topic @v --group-id @vn --max-messages 4 --group-protocol consumer --group-remote-assignor nope
!kafka-verifiable-consumer --topic @v --group-id @vc --max-messages 4 --enable-autocommit --assignment-strategy org.apache.kafka.clients.consumer.CooperativeStickyAssignor
!kafka-verifiable-consumer --topic @v --group-id @vo --max-messages 4 --reset-policy none
kafka-consumer-groups --describe --group @vc
!kafka-verifiable-consumer - --topic @v
kafka-verifiable-consumer --topic @v --group-id g --reset-policy never
kafka-verifiable-consumer --topic @v --group-id g --group-protocol nope
`

/** Groups of lines, in their order. */
export const dataLines: Readonly<Record<string, string>> = {
  'console producer': PRODUCER,
  'console consumer': CONSUMER,
  'offsets and records': OFFSETS,
  'the node': NODE,
  'files of a node': FILES,
  'measuring and verifying': CLIENTS,
}
