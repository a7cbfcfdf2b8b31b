/**
 * Names of client properties: those of Kafka's Java clients (producer, consumer, admin) and librdkafka's own for the same
 * things. Only the names: what mq does with one is said where it reads it. For checking and completing what users type.
 */

export const clientKeys: readonly string[] = `
acks allow.auto.create.topics api.version.request auto.commit.interval.ms auto.offset.reset batch.size
bootstrap.controllers bootstrap.servers broker.address.family broker.version.fallback buffer.memory check.crcs
client.dns.lookup client.id client.rack compression.codec compression.gzip.level compression.lz4.level
compression.type compression.zstd.level config.providers connections.max.idle.ms debug default.api.timeout.ms
delivery.timeout.ms enable.auto.commit enable.idempotence enable.metrics.push
enable.ssl.certificate.verification exclude.internal.topics fetch.max.bytes fetch.max.wait.ms
fetch.message.max.bytes fetch.min.bytes group.id group.instance.id group.protocol group.remote.assignor
heartbeat.interval.ms https.ca.location https.ca.pem interceptor.classes
internal.throw.on.fetch.stable.offset.unsupported isolation.level key.deserializer key.serializer linger.ms
log_level max.block.ms max.in.flight.requests.per.connection max.partition.fetch.bytes max.poll.interval.ms
max.poll.records max.request.size message.max.bytes message.timeout.ms metadata.broker.list metadata.max.age.ms
metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters
metrics.num.samples metrics.recording.level metrics.sample.window.ms partition.assignment.strategy
partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class
partitioner.ignore.keys queue.buffering.max.ms receive.buffer.bytes reconnect.backoff.max.ms
reconnect.backoff.ms request.required.acks request.timeout.ms retries retry.backoff.max.ms retry.backoff.ms
sasl.client.callback.handler.class sasl.jaas.config sasl.kerberos.keytab sasl.kerberos.kinit.cmd
sasl.kerberos.min.time.before.relogin sasl.kerberos.principal sasl.kerberos.service.name
sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class
sasl.login.class sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter
sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.mechanism sasl.mechanisms
sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud
sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds
sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.private.key.file
sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.template.file
sasl.oauthbearer.client.credentials.client.id sasl.oauthbearer.client.credentials.client.secret
sasl.oauthbearer.client.id sasl.oauthbearer.client.secret sasl.oauthbearer.clock.skew.seconds
sasl.oauthbearer.config sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
sasl.oauthbearer.extensions sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.ms
sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class
sasl.oauthbearer.method sasl.oauthbearer.scope sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name
sasl.oauthbearer.token sasl.oauthbearer.token.endpoint.url sasl.password sasl.username security.protocol
security.providers send.buffer.bytes session.timeout.ms share.acknowledgement.mode share.acquire.mode
socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms socket.keepalive.enable
socket.timeout.ms ssl.ca.location ssl.ca.pem ssl.certificate.location ssl.certificate.pem ssl.cipher.suites
ssl.crl.location ssl.curves.list ssl.enabled.protocols ssl.endpoint.identification.algorithm
ssl.engine.factory.class ssl.key.location ssl.key.password ssl.key.pem ssl.keymanager.algorithm
ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location ssl.keystore.password ssl.keystore.type
ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm
ssl.truststore.certificates ssl.truststore.location ssl.truststore.password ssl.truststore.type
statistics.interval.ms topic.metadata.refresh.interval.ms transaction.timeout.ms
transaction.two.phase.commit.enable transactional.id value.deserializer value.serializer
`
  .trim()
  .split(/\s+/)
