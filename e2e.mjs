// src/base/errors.ts
var EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  finding: 3,
  refused: 4,
  timeout: 5,
  bug: 70,
  interrupted: 130
};
var MqError = class extends Error {
  code;
  hint;
  /** Exit code of a command that fails with this error. */
  exitCode;
  constructor(code, message2, options = {}) {
    super(message2, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
};
var TimeoutError = class extends MqError {
  constructor(message2, hint) {
    super("MQ_TIMEOUT", message2, { exitCode: EXIT.timeout, ...hint === void 0 ? {} : { hint } });
  }
};
var ConfigError = class extends MqError {
  key;
  constructor(key2, message2, hint) {
    super("MQ_CONFIG", message2, { exitCode: EXIT.failed, ...hint === void 0 ? {} : { hint } });
    this.key = key2;
  }
};

// src/protocol/error-codes.ts
var errorCodes = {
  UNKNOWN_SERVER_ERROR: { code: -1, retriable: false },
  NONE: { code: 0, retriable: false },
  OFFSET_OUT_OF_RANGE: { code: 1, retriable: false },
  CORRUPT_MESSAGE: { code: 2, retriable: true },
  UNKNOWN_TOPIC_OR_PARTITION: { code: 3, retriable: true },
  INVALID_FETCH_SIZE: { code: 4, retriable: false },
  LEADER_NOT_AVAILABLE: { code: 5, retriable: true },
  NOT_LEADER_OR_FOLLOWER: { code: 6, retriable: true },
  REQUEST_TIMED_OUT: { code: 7, retriable: true },
  BROKER_NOT_AVAILABLE: { code: 8, retriable: false },
  REPLICA_NOT_AVAILABLE: { code: 9, retriable: true },
  MESSAGE_TOO_LARGE: { code: 10, retriable: false },
  STALE_CONTROLLER_EPOCH: { code: 11, retriable: false },
  OFFSET_METADATA_TOO_LARGE: { code: 12, retriable: false },
  NETWORK_EXCEPTION: { code: 13, retriable: true },
  COORDINATOR_LOAD_IN_PROGRESS: { code: 14, retriable: true },
  COORDINATOR_NOT_AVAILABLE: { code: 15, retriable: true },
  NOT_COORDINATOR: { code: 16, retriable: true },
  INVALID_TOPIC_EXCEPTION: { code: 17, retriable: false },
  RECORD_LIST_TOO_LARGE: { code: 18, retriable: false },
  NOT_ENOUGH_REPLICAS: { code: 19, retriable: true },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { code: 20, retriable: true },
  INVALID_REQUIRED_ACKS: { code: 21, retriable: false },
  ILLEGAL_GENERATION: { code: 22, retriable: false },
  INCONSISTENT_GROUP_PROTOCOL: { code: 23, retriable: false },
  INVALID_GROUP_ID: { code: 24, retriable: false },
  UNKNOWN_MEMBER_ID: { code: 25, retriable: false },
  INVALID_SESSION_TIMEOUT: { code: 26, retriable: false },
  REBALANCE_IN_PROGRESS: { code: 27, retriable: false },
  INVALID_COMMIT_OFFSET_SIZE: { code: 28, retriable: false },
  TOPIC_AUTHORIZATION_FAILED: { code: 29, retriable: false },
  GROUP_AUTHORIZATION_FAILED: { code: 30, retriable: false },
  CLUSTER_AUTHORIZATION_FAILED: { code: 31, retriable: false },
  INVALID_TIMESTAMP: { code: 32, retriable: false },
  UNSUPPORTED_SASL_MECHANISM: { code: 33, retriable: false },
  ILLEGAL_SASL_STATE: { code: 34, retriable: false },
  UNSUPPORTED_VERSION: { code: 35, retriable: false },
  TOPIC_ALREADY_EXISTS: { code: 36, retriable: false },
  INVALID_PARTITIONS: { code: 37, retriable: false },
  INVALID_REPLICATION_FACTOR: { code: 38, retriable: false },
  INVALID_REPLICA_ASSIGNMENT: { code: 39, retriable: false },
  INVALID_CONFIG: { code: 40, retriable: false },
  NOT_CONTROLLER: { code: 41, retriable: true },
  INVALID_REQUEST: { code: 42, retriable: false },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: { code: 43, retriable: false },
  POLICY_VIOLATION: { code: 44, retriable: false },
  OUT_OF_ORDER_SEQUENCE_NUMBER: { code: 45, retriable: false },
  DUPLICATE_SEQUENCE_NUMBER: { code: 46, retriable: false },
  INVALID_PRODUCER_EPOCH: { code: 47, retriable: false },
  INVALID_TXN_STATE: { code: 48, retriable: false },
  INVALID_PRODUCER_ID_MAPPING: { code: 49, retriable: false },
  INVALID_TRANSACTION_TIMEOUT: { code: 50, retriable: false },
  CONCURRENT_TRANSACTIONS: { code: 51, retriable: true },
  TRANSACTION_COORDINATOR_FENCED: { code: 52, retriable: false },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { code: 53, retriable: false },
  SECURITY_DISABLED: { code: 54, retriable: false },
  OPERATION_NOT_ATTEMPTED: { code: 55, retriable: false },
  KAFKA_STORAGE_ERROR: { code: 56, retriable: true },
  LOG_DIR_NOT_FOUND: { code: 57, retriable: false },
  SASL_AUTHENTICATION_FAILED: { code: 58, retriable: false },
  UNKNOWN_PRODUCER_ID: { code: 59, retriable: false },
  REASSIGNMENT_IN_PROGRESS: { code: 60, retriable: false },
  DELEGATION_TOKEN_AUTH_DISABLED: { code: 61, retriable: false },
  DELEGATION_TOKEN_NOT_FOUND: { code: 62, retriable: false },
  DELEGATION_TOKEN_OWNER_MISMATCH: { code: 63, retriable: false },
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: { code: 64, retriable: false },
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: { code: 65, retriable: false },
  DELEGATION_TOKEN_EXPIRED: { code: 66, retriable: false },
  INVALID_PRINCIPAL_TYPE: { code: 67, retriable: false },
  NON_EMPTY_GROUP: { code: 68, retriable: false },
  GROUP_ID_NOT_FOUND: { code: 69, retriable: false },
  FETCH_SESSION_ID_NOT_FOUND: { code: 70, retriable: true },
  INVALID_FETCH_SESSION_EPOCH: { code: 71, retriable: true },
  LISTENER_NOT_FOUND: { code: 72, retriable: true },
  TOPIC_DELETION_DISABLED: { code: 73, retriable: false },
  FENCED_LEADER_EPOCH: { code: 74, retriable: true },
  UNKNOWN_LEADER_EPOCH: { code: 75, retriable: true },
  UNSUPPORTED_COMPRESSION_TYPE: { code: 76, retriable: false },
  STALE_BROKER_EPOCH: { code: 77, retriable: false },
  OFFSET_NOT_AVAILABLE: { code: 78, retriable: true },
  MEMBER_ID_REQUIRED: { code: 79, retriable: false },
  PREFERRED_LEADER_NOT_AVAILABLE: { code: 80, retriable: true },
  GROUP_MAX_SIZE_REACHED: { code: 81, retriable: false },
  FENCED_INSTANCE_ID: { code: 82, retriable: false },
  ELIGIBLE_LEADERS_NOT_AVAILABLE: { code: 83, retriable: true },
  ELECTION_NOT_NEEDED: { code: 84, retriable: true },
  NO_REASSIGNMENT_IN_PROGRESS: { code: 85, retriable: false },
  GROUP_SUBSCRIBED_TO_TOPIC: { code: 86, retriable: false },
  INVALID_RECORD: { code: 87, retriable: false },
  UNSTABLE_OFFSET_COMMIT: { code: 88, retriable: true },
  THROTTLING_QUOTA_EXCEEDED: { code: 89, retriable: true },
  PRODUCER_FENCED: { code: 90, retriable: false },
  RESOURCE_NOT_FOUND: { code: 91, retriable: false },
  DUPLICATE_RESOURCE: { code: 92, retriable: false },
  UNACCEPTABLE_CREDENTIAL: { code: 93, retriable: false },
  INCONSISTENT_VOTER_SET: { code: 94, retriable: false },
  INVALID_UPDATE_VERSION: { code: 95, retriable: false },
  FEATURE_UPDATE_FAILED: { code: 96, retriable: false },
  PRINCIPAL_DESERIALIZATION_FAILURE: { code: 97, retriable: false },
  SNAPSHOT_NOT_FOUND: { code: 98, retriable: false },
  POSITION_OUT_OF_RANGE: { code: 99, retriable: false },
  UNKNOWN_TOPIC_ID: { code: 100, retriable: true },
  DUPLICATE_BROKER_REGISTRATION: { code: 101, retriable: false },
  BROKER_ID_NOT_REGISTERED: { code: 102, retriable: false },
  INCONSISTENT_TOPIC_ID: { code: 103, retriable: true },
  INCONSISTENT_CLUSTER_ID: { code: 104, retriable: false },
  TRANSACTIONAL_ID_NOT_FOUND: { code: 105, retriable: false },
  FETCH_SESSION_TOPIC_ID_ERROR: { code: 106, retriable: true },
  INELIGIBLE_REPLICA: { code: 107, retriable: false },
  NEW_LEADER_ELECTED: { code: 108, retriable: false },
  OFFSET_MOVED_TO_TIERED_STORAGE: { code: 109, retriable: false },
  FENCED_MEMBER_EPOCH: { code: 110, retriable: false },
  UNRELEASED_INSTANCE_ID: { code: 111, retriable: false },
  UNSUPPORTED_ASSIGNOR: { code: 112, retriable: false },
  STALE_MEMBER_EPOCH: { code: 113, retriable: false },
  MISMATCHED_ENDPOINT_TYPE: { code: 114, retriable: false },
  UNSUPPORTED_ENDPOINT_TYPE: { code: 115, retriable: false },
  UNKNOWN_CONTROLLER_ID: { code: 116, retriable: false },
  UNKNOWN_SUBSCRIPTION_ID: { code: 117, retriable: false },
  TELEMETRY_TOO_LARGE: { code: 118, retriable: false },
  INVALID_REGISTRATION: { code: 119, retriable: false },
  TRANSACTION_ABORTABLE: { code: 120, retriable: false },
  INVALID_RECORD_STATE: { code: 121, retriable: false },
  SHARE_SESSION_NOT_FOUND: { code: 122, retriable: true },
  INVALID_SHARE_SESSION_EPOCH: { code: 123, retriable: true },
  FENCED_STATE_EPOCH: { code: 124, retriable: false },
  INVALID_VOTER_KEY: { code: 125, retriable: false },
  DUPLICATE_VOTER: { code: 126, retriable: false },
  VOTER_NOT_FOUND: { code: 127, retriable: false },
  INVALID_REGULAR_EXPRESSION: { code: 128, retriable: false },
  REBOOTSTRAP_REQUIRED: { code: 129, retriable: false },
  STREAMS_INVALID_TOPOLOGY: { code: 130, retriable: false },
  STREAMS_INVALID_TOPOLOGY_EPOCH: { code: 131, retriable: false },
  STREAMS_TOPOLOGY_FENCED: { code: 132, retriable: false },
  SHARE_SESSION_LIMIT_REACHED: { code: 133, retriable: true }
};

// src/protocol/error-messages.ts
var errorMessages = {
  UNKNOWN_SERVER_ERROR: "the broker failed for a reason that it does not tell; its log has it",
  OFFSET_OUT_OF_RANGE: "the offset is not within the log of the partition",
  CORRUPT_MESSAGE: "the records are damaged: checksum, size or format is wrong",
  UNKNOWN_TOPIC_OR_PARTITION: "there is no such topic or partition",
  LEADER_NOT_AVAILABLE: "the partition has no leader at the moment",
  NOT_LEADER_OR_FOLLOWER: "the broker does not hold this partition, or does not lead it",
  REQUEST_TIMED_OUT: "the request was not done within its time",
  BROKER_NOT_AVAILABLE: "the broker is not available",
  REPLICA_NOT_AVAILABLE: "the replica is not available",
  MESSAGE_TOO_LARGE: "the records are larger than the topic allows (max.message.bytes)",
  OFFSET_METADATA_TOO_LARGE: "the text kept with the offset is too long (offset.metadata.max.bytes)",
  NETWORK_EXCEPTION: "the connection ended before the answer came",
  COORDINATOR_LOAD_IN_PROGRESS: "the coordinator is still reading its log",
  COORDINATOR_NOT_AVAILABLE: "no coordinator is available yet",
  NOT_COORDINATOR: "the broker does not coordinate this group or transaction",
  INVALID_TOPIC_EXCEPTION: "this is no valid topic name",
  RECORD_LIST_TOO_LARGE: "the batch is larger than a segment may be (segment.bytes)",
  NOT_ENOUGH_REPLICAS: "fewer replicas are in sync than min.insync.replicas asks for; nothing was written",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: "the records were written, but to fewer replicas than min.insync.replicas asks for",
  INVALID_REQUIRED_ACKS: "acks must be 0, 1 or all",
  ILLEGAL_GENERATION: "the group has moved on to another generation",
  INCONSISTENT_GROUP_PROTOCOL: "the member has no assignor or protocol type in common with the group",
  INVALID_GROUP_ID: "this is no valid group name",
  UNKNOWN_MEMBER_ID: "the group does not know this member",
  INVALID_SESSION_TIMEOUT: "the session timeout is outside what the broker allows",
  REBALANCE_IN_PROGRESS: "the group is rebalancing",
  TOPIC_AUTHORIZATION_FAILED: "not authorised for this topic",
  GROUP_AUTHORIZATION_FAILED: "not authorised for this group",
  CLUSTER_AUTHORIZATION_FAILED: "not authorised for the cluster",
  INVALID_TIMESTAMP: "a record's timestamp is outside what the topic allows",
  UNSUPPORTED_SASL_MECHANISM: "the listener does not offer this SASL mechanism",
  ILLEGAL_SASL_STATE: "this request does not fit the state of the login",
  UNSUPPORTED_VERSION: "the broker does not know this request, or not with what it asks for",
  TOPIC_ALREADY_EXISTS: "the topic exists already",
  INVALID_PARTITIONS: "the number of partitions is not possible",
  INVALID_REPLICATION_FACTOR: "the replication factor is not possible with the brokers that there are",
  INVALID_REPLICA_ASSIGNMENT: "the assignment of replicas is not possible",
  INVALID_CONFIG: "the configuration is not valid",
  NOT_CONTROLLER: "the node is not the active controller",
  INVALID_REQUEST: "the request contradicts itself or lacks something",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "the message format of the records does not allow this",
  POLICY_VIOLATION: "a policy of the cluster forbids this",
  OUT_OF_ORDER_SEQUENCE_NUMBER: "records of an idempotent producer are missing before these",
  DUPLICATE_SEQUENCE_NUMBER: "the records were written before",
  INVALID_PRODUCER_EPOCH: "a newer instance of the producer has taken over",
  PRODUCER_FENCED: "a newer instance of the producer has taken over",
  INVALID_TXN_STATE: "the transaction is not in a state that allows this",
  INVALID_PRODUCER_ID_MAPPING: "the transactional id belongs to another producer id",
  INVALID_TRANSACTION_TIMEOUT: "the transaction timeout is longer than the broker allows",
  CONCURRENT_TRANSACTIONS: "another change of this transaction is still being written",
  TRANSACTION_COORDINATOR_FENCED: "another broker coordinates the transaction by now",
  TRANSACTION_ABORTABLE: "the transaction has to be aborted",
  TRANSACTIONAL_ID_NOT_FOUND: "there is no such transactional id",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "not authorised for this transactional id",
  SECURITY_DISABLED: "the cluster has no authorizer",
  OPERATION_NOT_ATTEMPTED: "not tried, because something before it failed",
  KAFKA_STORAGE_ERROR: "the log directory failed or is full",
  LOG_DIR_NOT_FOUND: "there is no such log directory on the broker",
  SASL_AUTHENTICATION_FAILED: "the login was refused",
  UNKNOWN_PRODUCER_ID: "the broker no longer knows this producer",
  REASSIGNMENT_IN_PROGRESS: "the partition is being reassigned",
  NO_REASSIGNMENT_IN_PROGRESS: "the partition is not being reassigned",
  NON_EMPTY_GROUP: "the group has members: stop its consumers first",
  GROUP_ID_NOT_FOUND: "there is no such group",
  GROUP_SUBSCRIBED_TO_TOPIC: "the group is subscribed to the topic: stop its consumers first",
  GROUP_MAX_SIZE_REACHED: "the group is full (group.max.size)",
  MEMBER_ID_REQUIRED: "the member has to join again with the id that it was given",
  FENCED_INSTANCE_ID: "another member has taken over this instance id",
  FENCED_MEMBER_EPOCH: "the group has taken this member out",
  UNRELEASED_INSTANCE_ID: "another member still uses this instance id",
  STALE_MEMBER_EPOCH: "the member is behind the group and has to catch up",
  FETCH_SESSION_ID_NOT_FOUND: "the broker no longer knows this fetch session",
  INVALID_FETCH_SESSION_EPOCH: "the fetch session is at another step",
  LISTENER_NOT_FOUND: "the leader has no listener of this name",
  TOPIC_DELETION_DISABLED: "the cluster does not let topics be deleted (delete.topic.enable=false)",
  FENCED_LEADER_EPOCH: "the partition has a newer leader than the client knows of",
  UNKNOWN_LEADER_EPOCH: "the broker does not know of this leader yet",
  UNSUPPORTED_COMPRESSION_TYPE: "this version of the request does not allow the compression",
  STALE_BROKER_EPOCH: "the broker has registered anew since",
  OFFSET_NOT_AVAILABLE: "the leader is too new to know the offset for certain",
  PREFERRED_LEADER_NOT_AVAILABLE: "the preferred leader is not available",
  ELIGIBLE_LEADERS_NOT_AVAILABLE: "no replica that may lead is available",
  ELECTION_NOT_NEEDED: "the partition is led as it should be",
  INVALID_RECORD: "a record is not as the topic demands it",
  UNSTABLE_OFFSET_COMMIT: "a transaction that changes these offsets is still open",
  THROTTLING_QUOTA_EXCEEDED: "a quota is used up for now",
  RESOURCE_NOT_FOUND: "there is no such thing",
  DUPLICATE_RESOURCE: "named more than once",
  INCONSISTENT_VOTER_SET: "the voters differ from those that the node knows",
  INVALID_UPDATE_VERSION: "this feature level cannot be set",
  FEATURE_UPDATE_FAILED: "the features could not be changed",
  SNAPSHOT_NOT_FOUND: "there is no such snapshot",
  POSITION_OUT_OF_RANGE: "the position is outside the snapshot",
  UNKNOWN_TOPIC_ID: "there is no topic with this id",
  DUPLICATE_BROKER_REGISTRATION: "a running broker has this id",
  BROKER_ID_NOT_REGISTERED: "no broker of this id is registered",
  INCONSISTENT_TOPIC_ID: "the topic was made anew with another id",
  INCONSISTENT_CLUSTER_ID: "the node belongs to another cluster",
  FETCH_SESSION_TOPIC_ID_ERROR: "the fetch session mixes topic names and topic ids",
  INELIGIBLE_REPLICA: "the replica may not join those in sync",
  NEW_LEADER_ELECTED: "the change made another replica the leader"
};
function errorMessage(name) {
  return errorMessages[name] ?? `the broker answered ${name}`;
}

// src/protocol/errors.ts
var nameByCode = new Map(
  Object.keys(errorCodes).map((name) => [errorCodes[name].code, name])
);
function errorCode(name) {
  return errorCodes[name].code;
}
function errorName(code) {
  return nameByCode.get(code) ?? "UNKNOWN_SERVER_ERROR";
}
var ApiError = class extends MqError {
  error;
  constructor(error, message2, options = {}) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(error, message2 ?? errorMessage(error), options);
    Error.stackTraceLimit = limit;
    this.error = error;
  }
  get errorCode() {
    return errorCodes[this.error].code;
  }
  get retriable() {
    return errorCodes[this.error].retriable;
  }
};
var ProtocolError = class extends MqError {
  position;
  constructor(message2, position) {
    super("MQ_PROTOCOL", `${message2} at byte ${position}`);
    this.position = position;
  }
};

// src/client/errors.ts
var ConnectionError = class extends MqError {
  reason;
  /** `host:port`. */
  peer;
  constructor(reason, peer, message2, options = {}) {
    super(`MQ_CONNECT_${reason.replace("-", "_").toUpperCase()}`, message2, options);
    this.reason = reason;
    this.peer = peer;
  }
  /** Whether another attempt, or another broker, may do better. */
  get retriable() {
    return this.reason !== "tls" && this.reason !== "authentication" && this.reason !== "not-kafka";
  }
};
function socketFailure(peer, error, tls2) {
  const { code = "", message: message2 = String(error) } = error;
  const host = peer.replace(/:\d+$/, "");
  switch (code) {
    case "ECONNREFUSED":
      return new ConnectionError("refused", peer, `cannot connect to ${peer}: connection refused`, {
        hint: "Is a broker running there? Check the address and port of --bootstrap-server.",
        cause: error
      });
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NONAME":
      return new ConnectionError("unknown-host", peer, `cannot connect to ${peer}: unknown host ${host}`, {
        hint: "Check the spelling of the name, and that this machine can resolve it.",
        cause: error
      });
    case "ETIMEDOUT":
      return connectTimeout(peer);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
    case "EACCES":
      return new ConnectionError("unreachable", peer, `cannot connect to ${peer}: ${code}`, {
        hint: "There is no way to this address from here: check the network, a VPN or a firewall.",
        cause: error
      });
  }
  if (tls2 && (code.startsWith("ERR_SSL") || code === "EPROTO")) return tlsFailure(peer, error, code, message2);
  if (tls2 && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|DEPTH_ZERO|HOSTNAME/.test(code))
    return certificateFailure(peer, error, code);
  return new ConnectionError("closed", peer, `the connection to ${peer} ended: ${code === "" ? message2 : code}`, {
    cause: error
  });
}
function tlsFailure(peer, error, code, message2) {
  if (/WRONG_VERSION|UNKNOWN_PROTOCOL|PACKET_LENGTH/i.test(`${code} ${message2}`)) {
    return new ConnectionError("tls", peer, `${peer} does not speak TLS`, {
      hint: "This listener looks like PLAINTEXT or SASL_PLAINTEXT: check security.protocol and the port.",
      cause: error
    });
  }
  return new ConnectionError("tls", peer, `TLS handshake with ${peer} failed: ${code}`, {
    hint: "Check the certificates; a broker with ssl.client.auth=required wants one from the client too.",
    cause: error
  });
}
var CERTIFICATE_FAULTS = [
  [
    /ALTNAME/,
    "it names another host",
    "Use a name from the certificate; ssl.endpoint.identification.algorithm= (empty) skips that check."
  ],
  [
    /HAS_EXPIRED/,
    "it has expired",
    "The broker's certificate must be renewed; if it was, look at the clock of this machine."
  ],
  [/NOT_YET_VALID/, "it is not valid yet", "Look at the clocks of this machine and of whoever issued it."]
];
function certificateFailure(peer, error, code) {
  const known = CERTIFICATE_FAULTS.find(([pattern]) => pattern.test(code));
  const [, reason, hint] = known ?? [
    void 0,
    "no authority known here has signed it",
    "Give the CA that signed it: ssl.truststore.location=FILE (JKS, PKCS12 or PEM), or ssl.ca.location=FILE."
  ];
  return new ConnectionError("tls", peer, `the certificate of ${peer} is not trusted: ${reason} (${code})`, {
    hint,
    cause: error
  });
}
function connectTimeout(peer) {
  return new ConnectionError("timeout", peer, `cannot connect to ${peer}: no answer in time`, {
    hint: "A firewall may drop the packets, or the address is not the broker's."
  });
}
function closedEarly(peer, api2, first) {
  return new ConnectionError("closed", peer, `${peer} closed the connection without answering ${api2}`, {
    hint: first ? "The listener may speak TLS (security.protocol=SSL or SASL_SSL), or it is no Kafka broker." : "The listener may demand authentication (security.protocol=SASL_PLAINTEXT or SASL_SSL), or the broker stopped."
  });
}

// src/protocol/records/batch.ts
import { createRequire } from "node:module";

// src/base/bytes.ts
var TWO_32 = 4294967296;
var TWO_63 = 2 ** 63;
function readInt64(bytes2, position) {
  const high = bytes2[position] << 24 | bytes2[position + 1] << 16 | bytes2[position + 2] << 8 | bytes2[position + 3];
  const low = bytes2[position + 4] << 24 | bytes2[position + 5] << 16 | bytes2[position + 6] << 8 | bytes2[position + 7];
  return high * TWO_32 + (low >>> 0);
}
function writeInt64(bytes2, position, value) {
  let high;
  let low;
  if (value >= TWO_63) {
    high = 2147483647;
    low = -1;
  } else if (value <= -TWO_63) {
    high = -2147483648;
    low = 0;
  } else {
    high = Math.floor(value / TWO_32);
    low = value - high * TWO_32;
  }
  writeInt32(bytes2, position, high);
  return writeInt32(bytes2, position + 4, low);
}
function readInt32(bytes2, position) {
  return bytes2[position] << 24 | bytes2[position + 1] << 16 | bytes2[position + 2] << 8 | bytes2[position + 3];
}
function writeInt32(bytes2, position, value) {
  bytes2[position] = value >>> 24;
  bytes2[position + 1] = value >>> 16;
  bytes2[position + 2] = value >>> 8;
  bytes2[position + 3] = value;
  return position + 4;
}
function readInt16(bytes2, position) {
  return bytes2[position] << 24 >> 16 | bytes2[position + 1];
}
function writeInt16(bytes2, position, value) {
  bytes2[position] = value >>> 8;
  bytes2[position + 1] = value;
  return position + 2;
}
function unsignedVarintSize(value) {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : value < 268435456 ? 4 : 5;
}
function writeUnsignedVarint(bytes2, position, value) {
  let rest = value >>> 0;
  let p = position;
  while (rest > 127) {
    bytes2[p++] = rest & 127 | 128;
    rest >>>= 7;
  }
  bytes2[p++] = rest;
  return p;
}
function zigZag(value) {
  return (value << 1 ^ value >> 31) >>> 0;
}
function writeVarint(bytes2, position, value) {
  return writeUnsignedVarint(bytes2, position, zigZag(value));
}
function varintSize(value) {
  return unsignedVarintSize(zigZag(value));
}
function writeVarlong(bytes2, position, value) {
  if (value >= -1073741824 && value < 1073741824) return writeVarint(bytes2, position, value);
  const wide = BigInt(value);
  let rest = BigInt.asUintN(64, wide << 1n ^ wide >> 63n);
  let p = position;
  while (rest > 0x7fn) {
    bytes2[p++] = Number(rest & 0x7fn) | 128;
    rest >>= 7n;
  }
  bytes2[p++] = Number(rest);
  return p;
}
function varlongSize(value) {
  if (value >= -1073741824 && value < 1073741824) return varintSize(value);
  const wide = BigInt(value);
  let rest = BigInt.asUintN(64, wide << 1n ^ wide >> 63n);
  let size = 1;
  while (rest > 0x7fn) {
    rest >>= 7n;
    size += 1;
  }
  return size;
}

// src/protocol/records/batch.ts
var BATCH_OVERHEAD = 61;
var LOG_OVERHEAD = 12;
var COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"];
var BATCH_FIELD = {
  baseOffset: 0,
  length: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57
};
var BATCH_ATTRIBUTE = {
  compression: 7,
  logAppendTime: 8,
  transactional: 16,
  control: 32,
  deleteHorizon: 64
};
var native;
function crc32c(bytes2, seed = 0) {
  if (native === void 0) {
    native = createRequire(import.meta.url)("@node-rs/crc32").crc32c;
  }
  return native(bytes2, seed);
}
function corrupt(message2) {
  return new ApiError("CORRUPT_MESSAGE", message2);
}
function readBatchHeader(buffer, position) {
  if (buffer.length - position < BATCH_OVERHEAD) throw corrupt("record batch header ends early");
  const length = readInt32(buffer, position + BATCH_FIELD.length);
  const magic = buffer[position + BATCH_FIELD.magic] << 24 >> 24;
  if (magic !== 2) throw corrupt(`record batch of magic ${magic}, only 2 is supported`);
  if (length < BATCH_OVERHEAD - LOG_OVERHEAD) throw corrupt(`record batch length ${length} is too small`);
  const attributes = readInt16(buffer, position + BATCH_FIELD.attributes);
  const compression = COMPRESSIONS[attributes & BATCH_ATTRIBUTE.compression];
  if (compression === void 0) throw corrupt(`unknown compression ${attributes & BATCH_ATTRIBUTE.compression}`);
  const baseOffset = readInt64(buffer, position);
  const lastOffsetDelta = readInt32(buffer, position + BATCH_FIELD.lastOffsetDelta);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeBytes: LOG_OVERHEAD + length,
    partitionLeaderEpoch: readInt32(buffer, position + BATCH_FIELD.partitionLeaderEpoch),
    magic,
    crc: readInt32(buffer, position + BATCH_FIELD.crc) >>> 0,
    attributes,
    lastOffsetDelta,
    baseTimestamp: readInt64(buffer, position + BATCH_FIELD.baseTimestamp),
    maxTimestamp: readInt64(buffer, position + BATCH_FIELD.maxTimestamp),
    producerId: readInt64(buffer, position + BATCH_FIELD.producerId),
    producerEpoch: readInt16(buffer, position + BATCH_FIELD.producerEpoch),
    baseSequence: readInt32(buffer, position + BATCH_FIELD.baseSequence),
    recordCount: readInt32(buffer, position + BATCH_FIELD.recordCount),
    compression,
    timestampType: (attributes & BATCH_ATTRIBUTE.logAppendTime) === 0 ? "CreateTime" : "LogAppendTime",
    isTransactional: (attributes & BATCH_ATTRIBUTE.transactional) !== 0,
    isControl: (attributes & BATCH_ATTRIBUTE.control) !== 0,
    hasDeleteHorizon: (attributes & BATCH_ATTRIBUTE.deleteHorizon) !== 0
  };
}
function checkBatchCrc(buffer, position) {
  if (buffer.length - position < BATCH_OVERHEAD) return false;
  const end = position + LOG_OVERHEAD + readInt32(buffer, position + BATCH_FIELD.length);
  if (end > buffer.length || end < position + BATCH_OVERHEAD) return false;
  const stored = readInt32(buffer, position + BATCH_FIELD.crc) >>> 0;
  return crc32c(buffer.subarray(position + BATCH_FIELD.attributes, end)) === stored;
}
function* eachBatch(buffer) {
  let position = 0;
  while (buffer.length - position >= BATCH_OVERHEAD) {
    const header = readBatchHeader(buffer, position);
    if (header.sizeBytes > buffer.length - position) return;
    yield { header, position };
    position += header.sizeBytes;
  }
}
function writeBatchCrc(buffer, position) {
  const end = position + LOG_OVERHEAD + readInt32(buffer, position + BATCH_FIELD.length);
  writeInt32(buffer, position + BATCH_FIELD.crc, crc32c(buffer.subarray(position + BATCH_FIELD.attributes, end)));
}

// src/protocol/records/compression.ts
import { constants, gunzipSync, gzipSync } from "node:zlib";

// src/protocol/records/compression-errors.ts
function tooLarge(codec, maxBytes) {
  return new ApiError("MESSAGE_TOO_LARGE", `${codec} data is larger than ${maxBytes} bytes when decompressed`);
}
function corruptData(codec, cause) {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new ApiError("CORRUPT_MESSAGE", `not valid ${codec} data${why}`, { cause });
}

// src/protocol/records/lz4.ts
import { createRequire as createRequire2 } from "node:module";
var MAGIC = 407708164;
var loaded;
function lz4() {
  loaded ??= createRequire2(import.meta.url)("lz4-napi");
  return loaded;
}
function lz4Compress(data) {
  return lz4().compressFrameSync(data);
}
function lz4Decompress(data, maxBytes) {
  const blocks = frameBlocks(data);
  if (blocks.bound > maxBytes) {
    let exact = 0;
    for (const { start, end, stored } of blocks.list) {
      exact += stored ? end - start : sequencesSize(data, start, end);
      if (exact > maxBytes) throw tooLarge("lz4", maxBytes);
    }
  }
  const result = lz4().decompressFrameSync(data);
  if (result.length > maxBytes) throw tooLarge("lz4", maxBytes);
  return result;
}
function frameBlocks(data) {
  if (data.length < 11 || data.readUInt32LE(0) !== MAGIC) throw corruptData("lz4");
  const flags = data[4];
  const blockSizeId = data[5] >> 4 & 7;
  if (flags >> 6 !== 1 || blockSizeId < 4) throw corruptData("lz4");
  const blockBytes = 2 ** (8 + 2 * blockSizeId);
  const blockTail = (flags & 16) === 0 ? 0 : 4;
  let position = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4);
  const list2 = [];
  let bound = 0;
  for (; ; ) {
    if (data.length - position < 4) throw corruptData("lz4");
    const word = data.readUInt32LE(position);
    position += 4;
    if (word === 0) return { list: list2, bound };
    const size = word & 2147483647;
    if (size > data.length - position) throw corruptData("lz4");
    list2.push({ start: position, end: position + size, stored: word > 2147483647 });
    bound += Math.min(blockBytes, size * 255);
    position += size + blockTail;
  }
}
function sequencesSize(data, start, end) {
  let position = start;
  let size = 0;
  const extended = (nibble) => {
    let length = nibble;
    if (nibble === 15) {
      let byte;
      do {
        if (position >= end) throw corruptData("lz4");
        byte = data[position++];
        length += byte;
      } while (byte === 255);
    }
    return length;
  };
  while (position < end) {
    const token = data[position++];
    const literals = extended(token >> 4);
    size += literals;
    position += literals;
    if (position >= end) break;
    position += 2;
    size += extended(token & 15) + 4;
  }
  return size;
}

// src/protocol/records/snappy.ts
import { createRequire as createRequire3 } from "node:module";
var MAGIC2 = Buffer.from([130, 83, 78, 65, 80, 80, 89, 0]);
var HEADER_BYTES = 16;
var BLOCK_BYTES = 32 * 1024;
var MAX_GROWTH = 22;
var loaded2;
function snappy() {
  loaded2 ??= createRequire3(import.meta.url)("snappy");
  return loaded2;
}
function snappyCompress(data) {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC2.copy(header);
  writeInt32(header, 8, 1);
  writeInt32(header, 12, 1);
  const parts = [header];
  for (let start = 0; start < data.length; start += BLOCK_BYTES) {
    const block = snappy().compressSync(data.subarray(start, start + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    writeInt32(length, 0, block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}
function snappyDecompress(data, maxBytes) {
  const framed = data.length >= HEADER_BYTES && data.compare(MAGIC2, 0, MAGIC2.length, 0, MAGIC2.length) === 0;
  const blocks = framed ? blocksOf(data) : [data];
  let total = 0;
  for (const block of blocks) {
    total += declaredSize(block);
    if (total > maxBytes) throw tooLarge("snappy", maxBytes);
  }
  const parts = blocks.map((block) => snappy().uncompressSync(block, { asBuffer: true }));
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}
function blocksOf(data) {
  const blocks = [];
  let position = HEADER_BYTES;
  while (position < data.length) {
    if (data.length - position < 4) throw corruptData("snappy");
    const length = readInt32(data, position);
    position += 4;
    if (length <= 0 || length > data.length - position) throw corruptData("snappy");
    blocks.push(data.subarray(position, position + length));
    position += length;
  }
  return blocks;
}
function declaredSize(block) {
  let size = 0;
  for (let i = 0; i < 5 && i < block.length; i += 1) {
    const byte = block[i];
    size += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) {
      if (size > block.length * MAX_GROWTH) throw corruptData("snappy");
      return size;
    }
  }
  throw corruptData("snappy");
}

// src/protocol/records/zstd.ts
import { readFileSync } from "node:fs";
import { createRequire as createRequire4 } from "node:module";
import { dirname, join } from "node:path";
import * as zlib from "node:zlib";
var MAGIC3 = 4247762216;
var LEVEL = 3;
var LEVEL_PARAMETER = 100;
var MAX_BLOCK_BYTES = 128 * 1024;
var node = zlib;
var loaded3;
function wasm() {
  if (loaded3 !== void 0) return loaded3;
  const require2 = createRequire4(import.meta.url);
  const path = join(dirname(require2.resolve("@bokuweb/zstd-wasm")), "module.js");
  const { Module } = require2(path);
  const { WebAssembly: api2 } = globalThis;
  const code = new api2.Module(readFileSync(join(dirname(path), "zstd.wasm")));
  Module.instantiateWasm = (imports, receive2) => receive2(new api2.Instance(code, imports));
  Module.init();
  loaded3 = Module;
  return Module;
}
function zstdCompress(data, level = LEVEL) {
  if (node.zstdCompressSync !== void 0) return node.zstdCompressSync(data, { params: { [LEVEL_PARAMETER]: level } });
  const zstd = wasm();
  const capacity = zstd._ZSTD_compressBound(data.length);
  return run(
    zstd,
    data,
    capacity,
    (target, source2) => zstd._ZSTD_compress(target, capacity, source2, data.length, level)
  );
}
function zstdDecompress(data, maxBytes) {
  const bound = framesBound(data);
  if (node.zstdDecompressSync !== void 0) {
    return node.zstdDecompressSync(data, { maxOutputLength: Math.max(1, maxBytes) });
  }
  const capacity = Math.min(bound, maxBytes);
  try {
    const zstd = wasm();
    return run(zstd, data, capacity, (target, source2) => zstd._ZSTD_decompress(target, capacity, source2, data.length));
  } catch (error) {
    throw bound > maxBytes ? tooLarge("zstd", maxBytes) : corruptData("zstd", error);
  }
}
function run(zstd, data, capacity, work) {
  const source2 = zstd._malloc(Math.max(1, data.length));
  const target = source2 === 0 ? 0 : zstd._malloc(Math.max(1, capacity));
  try {
    if (target === 0) throw new Error("out of memory");
    zstd.HEAPU8.set(data, source2);
    const size = work(target, source2);
    if (zstd._ZSTD_isError(size) !== 0) throw new Error(`error ${size}`);
    return Buffer.from(zstd.HEAPU8.subarray(target, target + size));
  } finally {
    if (target !== 0) zstd._free(target);
    if (source2 !== 0) zstd._free(source2);
  }
}
function framesBound(data) {
  let position = 0;
  let bound = 0;
  const need = (size) => {
    if (size > data.length - position) throw corruptData("zstd");
  };
  while (position < data.length) {
    need(8);
    const magic = data.readUInt32LE(position);
    if (magic >= 407710288 && magic <= 407710303) {
      const size = data.readUInt32LE(position + 4);
      position += 8;
      need(size);
      position += size;
      continue;
    }
    if (magic !== MAGIC3) throw corruptData("zstd");
    const descriptor = data[position + 4];
    const single = (descriptor & 32) !== 0;
    const contentSizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
    position += 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3] + contentSizeBytes;
    for (let last = false; !last; ) {
      need(3);
      const header = data.readUIntLE(position, 3);
      position += 3;
      last = (header & 1) !== 0;
      const type = header >> 1 & 3;
      const size = header >> 3;
      if (type === 3) throw corruptData("zstd");
      bound += type === 2 ? MAX_BLOCK_BYTES : Math.min(size, MAX_BLOCK_BYTES);
      const stored = type === 1 ? 1 : size;
      need(stored);
      position += stored;
    }
    const checksum = (descriptor & 4) === 0 ? 0 : 4;
    need(checksum);
    position += checksum;
  }
  return bound;
}

// src/protocol/records/compression.ts
function compress(codec, data, level) {
  switch (codec) {
    case "none":
      return data;
    case "gzip":
      return level === void 0 ? gzipSync(data) : gzipSync(data, { level });
    case "snappy":
      return snappyCompress(data);
    case "lz4":
      return lz4Compress(data);
    case "zstd":
      return zstdCompress(data, level);
  }
}
function decompress(codec, data, maxBytes) {
  try {
    switch (codec) {
      case "none":
        return data;
      case "gzip":
        return gunzipSync(data, { maxOutputLength: Math.max(1, maxBytes), finishFlush: constants.Z_FINISH });
      case "snappy":
        return snappyDecompress(data, maxBytes);
      case "lz4":
        return lz4Decompress(data, maxBytes);
      case "zstd":
        return zstdDecompress(data, maxBytes);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error.code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(codec, maxBytes);
    throw corruptData(codec, error);
  }
}

// src/protocol/records/record.ts
var MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;
var MIN_RECORD_BYTES = 7;
function decodeBatch(batch, maxBytes = MAX_DECOMPRESSED_BYTES) {
  const header = readBatchHeader(batch, 0);
  if (header.sizeBytes !== batch.length) {
    throw new ApiError("CORRUPT_MESSAGE", `a batch of ${header.sizeBytes} bytes in ${batch.length}`);
  }
  if (!checkBatchCrc(batch, 0)) throw new ApiError("CORRUPT_MESSAGE", "the checksum of a record batch is wrong");
  return decodeRecords(header, decompress(header.compression, batch.subarray(BATCH_OVERHEAD), maxBytes));
}
function decodeRecords(header, section) {
  const count = header.recordCount;
  if (count < 0 || count * MIN_RECORD_BYTES > section.length) throw invalid(`${count} records do not fit their batch`);
  const cursor = new Cursor(section);
  const records2 = [];
  for (let i = 0; i < count; i += 1) records2.push(cursor.record(header));
  if (cursor.position !== section.length) throw invalid("bytes follow the last record of a batch");
  return records2;
}
function invalid(message2) {
  return new ApiError("INVALID_RECORD", message2);
}
var Cursor = class {
  bytes;
  position = 0;
  constructor(bytes2) {
    this.bytes = bytes2;
  }
  varint() {
    const { bytes: bytes2 } = this;
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = bytes2[this.position++];
      if (byte === void 0) throw invalid("a record ends early");
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 1 ^ -(value & 1);
    }
    throw invalid("a varint of more than 5 bytes");
  }
  varlong() {
    const start = this.position;
    const { bytes: bytes2 } = this;
    let low = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = bytes2[this.position++];
      if (byte === void 0) throw invalid("a record ends early");
      low |= (byte & 127) << shift;
      if (byte < 128) return low >>> 1 ^ -(low & 1);
    }
    let wide = BigInt(low);
    for (let shift = 28n; shift <= 63n; shift += 7n) {
      const byte = bytes2[this.position++];
      if (byte === void 0) throw invalid("a record ends early");
      wide |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        const unsigned = BigInt.asUintN(64, wide);
        return Number(unsigned >> 1n ^ -(unsigned & 1n));
      }
    }
    throw invalid(`a varint of more than 10 bytes at ${start}`);
  }
  slice(length) {
    const start = this.position;
    if (length > this.bytes.length - start) throw invalid("a record ends early");
    this.position = start + length;
    return this.bytes.subarray(start, start + length);
  }
  nullable() {
    const length = this.varint();
    return length < 0 ? null : this.slice(length);
  }
  headers() {
    const count = this.varint();
    if (count === 0) return [];
    if (count < 0 || count * 2 > this.bytes.length - this.position) throw invalid(`${count} record headers do not fit`);
    const headers = [];
    for (let i = 0; i < count; i += 1) {
      const keyLength = this.varint();
      if (keyLength < 0) throw invalid("a record header without a key");
      const key2 = this.slice(keyLength).toString("utf8");
      headers.push({ key: key2, value: this.nullable() });
    }
    return headers;
  }
  record(header) {
    const size = this.varint();
    const start = this.position;
    if (size < 0 || size > this.bytes.length - start) throw invalid(`a record of ${size} bytes does not fit its batch`);
    this.position += 1;
    const timestampDelta = this.varlong();
    const offset = header.baseOffset + this.varint();
    const key2 = this.nullable();
    const value = this.nullable();
    const headers = this.headers();
    if (this.position !== start + size) throw invalid(`a record of ${this.position - start} bytes claims ${size}`);
    const timestamp = header.timestampType === "LogAppendTime" ? header.maxTimestamp : header.baseTimestamp + timestampDelta;
    return { offset, timestamp, key: key2, value, headers };
  }
};
function measure(record, offsetDelta, timestampDelta) {
  const headers = record.headers ?? [];
  const headerKeys = headers.map((header) => Buffer.from(header.key));
  let bodyBytes = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta);
  bodyBytes += nullableSize(record.key) + nullableSize(record.value) + varintSize(headers.length);
  for (let i = 0; i < headers.length; i += 1) {
    const key2 = headerKeys[i];
    bodyBytes += varintSize(key2.length) + key2.length + nullableSize(headers[i].value);
  }
  return { record, offsetDelta, timestampDelta, bodyBytes, headerKeys };
}
function nullableSize(value) {
  return value === null ? 1 : varintSize(value.length) + value.length;
}
function writeNullable(target, position, value) {
  if (value === null) return writeVarint(target, position, -1);
  const p = writeVarint(target, position, value.length);
  target.set(value, p);
  return p + value.length;
}
function writeRecord(target, position, sized) {
  const { record, headerKeys } = sized;
  let p = writeVarint(target, position, sized.bodyBytes);
  target[p++] = 0;
  p = writeVarlong(target, p, sized.timestampDelta);
  p = writeVarint(target, p, sized.offsetDelta);
  p = writeNullable(target, p, record.key);
  p = writeNullable(target, p, record.value);
  p = writeVarint(target, p, headerKeys.length);
  for (let i = 0; i < headerKeys.length; i += 1) {
    p = writeNullable(target, p, headerKeys[i]);
    p = writeNullable(target, p, record.headers[i].value);
  }
  return p;
}
function encodeBatch(options, records2) {
  const first = records2[0];
  if (first === void 0) throw new RangeError("a batch needs a record");
  const baseOffset = options.baseOffset ?? first.offset ?? 0;
  const sized = [];
  let sectionBytes = 0;
  let maxTimestamp = first.timestamp;
  let offsetDelta = -1;
  for (const record of records2) {
    offsetDelta = record.offset === void 0 ? offsetDelta + 1 : record.offset - baseOffset;
    const item = measure(record, offsetDelta, record.timestamp - first.timestamp);
    sized.push(item);
    sectionBytes += varintSize(item.bodyBytes) + item.bodyBytes;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
  }
  const codec = options.compression ?? "none";
  let batch = Buffer.allocUnsafe(BATCH_OVERHEAD + sectionBytes);
  let position = BATCH_OVERHEAD;
  for (const item of sized) position = writeRecord(batch, position, item);
  if (codec !== "none") {
    const section = compress(codec, batch.subarray(BATCH_OVERHEAD), options.compressionLevel);
    batch = Buffer.concat([batch.subarray(0, BATCH_OVERHEAD), section]);
  }
  sealBatch(batch, options, {
    baseOffset,
    lastOffsetDelta: offsetDelta,
    baseTimestamp: first.timestamp,
    maxTimestamp,
    recordCount: records2.length
  });
  return batch;
}
function sealBatch(batch, options, content) {
  const attributes = COMPRESSIONS.indexOf(options.compression ?? "none") | (options.timestampType === "LogAppendTime" ? BATCH_ATTRIBUTE.logAppendTime : 0) | (options.isTransactional ? BATCH_ATTRIBUTE.transactional : 0) | (options.isControl ? BATCH_ATTRIBUTE.control : 0);
  writeInt64(batch, BATCH_FIELD.baseOffset, content.baseOffset);
  writeInt32(batch, BATCH_FIELD.length, batch.length - LOG_OVERHEAD);
  writeInt32(batch, BATCH_FIELD.partitionLeaderEpoch, options.partitionLeaderEpoch ?? -1);
  batch[BATCH_FIELD.magic] = 2;
  writeInt16(batch, BATCH_FIELD.attributes, attributes);
  writeInt32(batch, BATCH_FIELD.lastOffsetDelta, content.lastOffsetDelta);
  writeInt64(batch, BATCH_FIELD.baseTimestamp, content.baseTimestamp);
  writeInt64(batch, BATCH_FIELD.maxTimestamp, content.maxTimestamp);
  writeInt64(batch, BATCH_FIELD.producerId, options.producerId ?? -1);
  writeInt16(batch, BATCH_FIELD.producerEpoch, options.producerEpoch ?? -1);
  writeInt32(batch, BATCH_FIELD.baseSequence, options.baseSequence ?? -1);
  writeInt32(batch, BATCH_FIELD.recordCount, content.recordCount);
  writeBatchCrc(batch, 0);
}

// src/client/fetcher.ts
var DEFAULT_MAX_BYTES = 1 << 20;
function offsetBehind(partition, offset) {
  let next = offset;
  for (const { header } of eachBatch(partition.records ?? Buffer.alloc(0))) next = Math.max(next, header.lastOffset + 1);
  return next;
}
var PIECE_BYTES = 128 << 10;
function* answerPieces(partition, offset, isolation) {
  let records2 = [];
  let [nextOffset, pieceBytes] = [offset, 0];
  for (const { header, batch, isReadable } of answerBatches(partition, offset, isolation)) {
    const weight = header.compression === "none" ? header.sizeBytes : header.sizeBytes * 5;
    if (records2.length > 0 && pieceBytes + weight > PIECE_BYTES) {
      yield { records: records2, nextOffset };
      records2 = [];
      pieceBytes = 0;
    }
    if (isReadable) {
      const decoded = decodePiece(batch);
      if (decoded instanceof Error) {
        if (records2.length > 0) yield { records: records2, nextOffset };
        throw decoded;
      }
      for (const record of decoded) if (record.offset >= offset) records2.push(record);
      pieceBytes += weight;
    }
    nextOffset = header.lastOffset + 1;
  }
  if (records2.length > 0) yield { records: records2, nextOffset };
}
function* answerBatches(partition, offset, isolation) {
  const bytes2 = partition.records ?? Buffer.alloc(0);
  const aborted = isolation === "read_committed" ? abortedRanges(partition) : void 0;
  for (const { header, position } of eachBatch(bytes2)) {
    if (header.lastOffset < offset) continue;
    const isReadable = !skips(header, bytes2, position, aborted);
    yield { header, batch: bytes2.subarray(position, position + header.sizeBytes), isReadable };
  }
}
function decodePiece(batch) {
  try {
    return decodeBatch(batch);
  } catch (error) {
    return error;
  }
}
function abortedRanges(partition) {
  const waiting = [...partition.abortedTransactions ?? []].sort((a, b2) => a.firstOffset - b2.firstOffset);
  return { waiting, open: /* @__PURE__ */ new Set() };
}
function skips(header, bytes2, position, aborted) {
  if (aborted !== void 0 && header.isTransactional) {
    while (aborted.waiting.length > 0 && aborted.waiting[0].firstOffset <= header.lastOffset) {
      aborted.open.add(aborted.waiting.shift().producerId);
    }
    if (header.isControl) {
      const [marker] = decodeBatch(bytes2.subarray(position, position + header.sizeBytes));
      if (marker?.key?.readInt16BE(2) === 0) aborted.open.delete(header.producerId);
    } else if (aborted.open.has(header.producerId)) {
      return true;
    }
  }
  return header.isControl;
}

// src/client/offsets.ts
var LATEST = -1;
var EARLIEST = -2;
var key = (place) => `${place.topic}-${place.partition}`;
async function listOffsets(client2, wanted2, isolation = "read_uncommitted") {
  const found = /* @__PURE__ */ new Map();
  if (wanted2.length === 0) return found;
  let open = [...wanted2];
  try {
    await client2.retry(async () => {
      open = await listOnce(client2, open, isolation, found);
      const again = open.map((place) => found.get(key(place))?.error).find((error) => error !== void 0);
      if (again !== void 0) throw again;
    });
  } catch (error) {
    for (const place of open) {
      if (!(error instanceof MqError)) throw error;
      if (!found.has(key(place))) found.set(key(place), { offset: -1, timestamp: -1, error });
    }
  }
  return found;
}
async function listOnce(client2, wanted2, isolation, found) {
  const byLeader = /* @__PURE__ */ new Map();
  const { topics } = await client2.metadata([...new Set(wanted2.map((place) => place.topic))]);
  const errors = new Map(topics.map((topic2) => [topic2.name ?? "", topic2.errorCode]));
  const leaders = new Map(
    topics.flatMap(({ name, partitions }) => partitions.map((p) => [`${name}-${p.partitionIndex}`, p.leaderId]))
  );
  for (const place of wanted2) {
    const leader = leaders.get(key(place));
    if (leader === void 0 || leader < 0) {
      const code = errors.get(place.topic) ?? 0;
      const refused = code === 0 ? void 0 : errorName(code);
      const error = refused ?? (leader === void 0 ? "UNKNOWN_TOPIC_OR_PARTITION" : "LEADER_NOT_AVAILABLE");
      found.set(key(place), { offset: -1, timestamp: -1, error: new ApiError(error) });
      continue;
    }
    const places = byLeader.get(leader);
    if (places === void 0) byLeader.set(leader, [place]);
    else places.push(place);
  }
  const again = await Promise.all(
    [...byLeader].map(async ([leader, places]) => {
      try {
        return await askLeader(client2, leader, places, isolation, found);
      } catch (error) {
        if (!(error instanceof MqError)) throw error;
        for (const place of places) found.set(key(place), { offset: -1, timestamp: -1, error });
        return error instanceof ConnectionError && error.retriable ? places : [];
      }
    })
  );
  return again.flat();
}
async function askLeader(client2, leader, places, isolation, found) {
  const byTopic = /* @__PURE__ */ new Map();
  for (const { topic: topic2, partition, timestamp } of places) {
    const entry = { partitionIndex: partition, timestamp, currentLeaderEpoch: -1 };
    const entries = byTopic.get(topic2);
    if (entries === void 0) byTopic.set(topic2, [entry]);
    else entries.push(entry);
  }
  const connection = await client2.connection({ broker: leader });
  const answer = await connection.call("ListOffsets", {
    replicaId: -1,
    isolationLevel: isolation === "read_committed" ? 1 : 0,
    topics: [...byTopic].map(([name, partitions]) => ({ name, partitions }))
  });
  const asked = new Map(places.map((place) => [key(place), place]));
  const again = [];
  for (const topic2 of answer.topics) {
    for (const { partitionIndex, errorCode: errorCode2, offset, timestamp } of topic2.partitions) {
      const place = asked.get(`${topic2.name}-${partitionIndex}`);
      if (place === void 0) continue;
      if (errorCode2 === 0) {
        found.set(key(place), { offset, timestamp });
        continue;
      }
      const error = new ApiError(errorName(errorCode2));
      found.set(key(place), { offset: -1, timestamp: -1, error });
      if (error.retriable && errorName(errorCode2) !== "UNKNOWN_TOPIC_OR_PARTITION") again.push(place);
    }
  }
  return again;
}

// src/client/waiting.ts
function abortion(signal) {
  let release = () => {
  };
  const promise = new Promise((resolve) => {
    const done = () => resolve(void 0);
    signal.addEventListener("abort", done, { once: true });
    release = () => {
      signal.removeEventListener("abort", done);
      resolve(void 0);
    };
    if (signal.aborted) resolve(void 0);
  });
  return { promise, release };
}
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

// ../perf-d/partition-reader.ts
var PARTITION_MAX_BYTES = 1 << 20;
var ANSWER_MAX_BYTES = 8 << 20;
var WAIT_MS = Number(process.env.WAIT);
var RETRY_PAUSE_MS = 200;
var RETRIES_MAX = 100;
var SHORT_LOG_MS = 1e4;
var STUCK_MS = 3e4;
var UNKNOWN_MAX = 3;
var DISCOVER_MS = 3e3;
var LOOK_AGAIN_MS = 2e3;
var keyOf = (topic2, partition) => `${topic2}-${partition}`;
function readPartitions(client2, ranges, options) {
  return new PartitionReader(client2, options, (one, reader) => reader.pieces(one)).read(ranges);
}
var PartitionReader = class {
  #client;
  #options;
  /** What is given out of what came. */
  #unpack;
  #open = /* @__PURE__ */ new Map();
  /** Every partition that was read or is: discovery passes over them. */
  #known = /* @__PURE__ */ new Set();
  #gone = /* @__PURE__ */ new Set();
  #unknown = 0;
  #failures = 0;
  #discoverAtMs = performance.now() + DISCOVER_MS;
  /** When partitions without a leader are looked after again. */
  #lookAgainAtMs = Number.POSITIVE_INFINITY;
  constructor(client2, options, unpack) {
    this.#client = client2;
    this.#options = options;
    this.#unpack = unpack;
  }
  async *read(ranges) {
    this.#add(ranges);
    while (this.#open.size > 0 && !this.#options.signal.aborted) {
      try {
        if (performance.now() >= this.#discoverAtMs) await this.#discover();
        const leaders = await this.#leaders();
        if (leaders.size > 0) yield* this.#readFrom(leaders);
      } catch (error) {
        if (!isPassing(error) || ++this.#failures > RETRIES_MAX) throw error;
        await pause(RETRY_PAUSE_MS, this.#options.signal);
      }
    }
    const [gone] = this.#gone;
    if (gone !== void 0) {
      throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION", `topic ${gone} was deleted while it was read`);
    }
  }
  #add(ranges) {
    let added = false;
    for (const { topic: topic2, partition, from, until } of ranges) {
      const key2 = keyOf(topic2, partition);
      if (this.#known.has(key2)) continue;
      this.#known.add(key2);
      if (until !== null && from >= until) continue;
      this.#open.set(key2, { topic: topic2, partition, offset: from, until, shortSinceMs: void 0, stuckSinceMs: void 0 });
      added = true;
    }
    return added;
  }
  /** Looks for partitions that came up; true when there are some. */
  async #discover() {
    this.#discoverAtMs = performance.now() + DISCOVER_MS;
    const { discover } = this.#options;
    return discover !== void 0 && this.#add(await discover());
  }
  /** Fetches from all leaders at once until everything is read or leadership changes (which throws a passing error). */
  async *#readFrom(leaders) {
    const pending = /* @__PURE__ */ new Map();
    const ask2 = (leader) => {
      const cursors = [...leaders.get(leader)].filter((cursor) => this.#isOpen(cursor));
      if (cursors.length === 0) return;
      const answer = this.#fetch(leader, cursors);
      answer.catch(() => {
      });
      pending.set(leader, answer);
    };
    for (const leader of leaders.keys()) ask2(leader);
    const aborted = abortion(this.#options.signal);
    try {
      while (pending.size > 0 && !this.#options.signal.aborted) {
        const answer = await Promise.race([...pending.values(), aborted.promise]);
        if (answer === void 0) return;
        this.#failures = 0;
        pending.delete(answer.leader);
        const { arrived, failure } = await this.#take(answer, leaders.get(answer.leader));
        if (failure === void 0) ask2(answer.leader);
        for (const one of arrived) yield* this.#unpack(one, this);
        if (failure !== void 0) throw failure;
        const now = performance.now();
        if (now >= this.#lookAgainAtMs || now >= this.#discoverAtMs && await this.#discover()) return;
      }
    } finally {
      aborted.release();
    }
  }
  #isOpen({ topic: topic2, partition }) {
    return this.#open.has(keyOf(topic2, partition));
  }
  async #fetch(leader, cursors) {
    const connection = await this.#client.connection({ broker: leader });
    const asked = /* @__PURE__ */ new Map();
    const topics = [];
    for (const cursor of cursors) {
      asked.set(keyOf(cursor.topic, cursor.partition), cursor.offset);
      const last = topics.at(-1);
      if (last?.topic === cursor.topic) last.partitions.push(wanted(cursor));
      else topics.push({ topic: cursor.topic, partitions: [wanted(cursor)] });
    }
    const isolationLevel = this.#options.isolation === "read_committed" ? 1 : 0;
    const limits = { maxWaitMs: WAIT_MS, minBytes: 1, maxBytes: ANSWER_MAX_BYTES };
    const body = { replicaId: -1, ...limits, isolationLevel, sessionId: 0, sessionEpoch: -1, topics };
    return { leader, asked, body: await connection.call("Fetch", body, { maxVersion: 12 }) };
  }
  /** Moves the cursors past what came. `failure` is what keeps some partition from being read, once the rest is passed on. */
  async #take({ body, asked }, led) {
    if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode));
    const arrived = [];
    let failure;
    let bytes2 = 0;
    for (const { topic: topic2, partitions } of body.responses) {
      for (const part of partitions) {
        const key2 = keyOf(topic2, part.partitionIndex);
        const cursor = this.#open.get(key2);
        if (cursor === void 0 || asked.get(key2) !== cursor.offset) continue;
        try {
          const error = errorName(part.errorCode);
          if (error === "OFFSET_OUT_OF_RANGE") await this.#moveIntoLog(cursor);
          else if (error !== "NONE") throw new ApiError(error, `${key2}: ${error}`);
          const from = cursor.offset;
          const size = part.records?.length ?? 0;
          const next = offsetBehind(part, from);
          if (next > from) {
            arrived.push({ cursor, part, from });
            cursor.offset = next;
            cursor.shortSinceMs = void 0;
            led.delete(cursor);
            led.add(cursor);
          } else {
            cursor.stuckSinceMs = void 0;
            if (error === "NONE" && bytes2 + size === 0) this.#nothingThere(cursor, part);
          }
          bytes2 += size;
        } catch (error) {
          const reason = (isPassing(error) ? this.#stuck(cursor, error) : void 0) ?? error;
          if (failure === void 0 || !isPassing(reason)) failure = reason;
        }
        if (cursor.until !== null && cursor.offset >= cursor.until) this.#open.delete(key2);
      }
    }
    return failure === void 0 ? { arrived } : { arrived, failure };
  }
  /** The records of one partition's answer that lie before its end. A damaged batch is asked for again. */
  *pieces({ cursor, part, from }) {
    const { topic: topic2, partition, until } = cursor;
    let reached = from;
    try {
      for (const { records: records2, nextOffset } of answerPieces(part, from, this.#options.isolation)) {
        reached = nextOffset;
        const isBehind = until !== null && records2.at(-1).offset >= until;
        const before = isBehind ? records2.filter(({ offset }) => offset < until) : records2;
        if (before.length > 0) yield { topic: topic2, partition, records: before };
        if (isBehind) break;
      }
      cursor.stuckSinceMs = void 0;
    } catch (error) {
      cursor.offset = reached;
      this.#open.set(keyOf(topic2, partition), cursor);
      throw this.#stuck(cursor, error) ?? error;
    }
  }
  /**
   * Nothing at this place, and no other partition took the room of the answer. With the log's end at or behind the range
   * that is a gap (compaction) up to it; else the log was cut back, or a new leader does not know yet how far it goes.
   */
  #nothingThere(cursor, part) {
    if (cursor.until === null) return;
    const end = this.#options.isolation === "read_committed" ? part.lastStableOffset : part.highWatermark;
    if (end < 0) return;
    if (end < cursor.until) {
      const now = performance.now();
      cursor.shortSinceMs ??= now;
      if (now - cursor.shortSinceMs < (this.#options.shortLogMs ?? SHORT_LOG_MS)) return;
      this.#options.onShort?.({ topic: cursor.topic, partition: cursor.partition }, end, cursor.until);
    }
    cursor.offset = cursor.until;
  }
  /** What to throw when this partition cannot be read for too long; undefined while it may be waited for. */
  #stuck(cursor, error) {
    const now = performance.now();
    cursor.stuckSinceMs ??= now;
    if (now - cursor.stuckSinceMs < (this.#options.stuckMs ?? STUCK_MS)) return void 0;
    const { message: message2 } = error;
    return new MqError(error instanceof MqError ? error.code : "MQ_KAFKA", `${message2}, and it stays so`, {
      hint: "mq topics describe shows leaders and replicas; what other partitions hold can be read with --partition",
      cause: error
    });
  }
  /** Retention or delete-records removed the place where reading stood: on from the start of what is left. */
  async #moveIntoLog(cursor) {
    const key2 = keyOf(cursor.topic, cursor.partition);
    const place = { topic: cursor.topic, partition: cursor.partition };
    const starts = (await listOffsets(this.#client, [{ ...place, timestamp: EARLIEST }])).get(key2);
    const ends = (await listOffsets(this.#client, [{ ...place, timestamp: LATEST }])).get(key2);
    const error = starts?.error ?? ends?.error;
    if (error !== void 0) throw error;
    const start = starts?.offset ?? 0;
    const target = cursor.offset < start ? start : Math.max(start, ends?.offset ?? start);
    if (target === cursor.offset)
      throw new ApiError("OFFSET_NOT_AVAILABLE", `${key2}: offset ${target} cannot be read yet`);
    this.#options.onSkipped(place, cursor.offset, target);
    cursor.offset = target;
  }
  /** The open cursors by leader. Those without one are looked after again soon, while the others are read. */
  async #leaders() {
    const names = new Set([...this.#open.values()].map((cursor) => cursor.topic));
    const { topics } = await this.#client.metadata([...names]);
    const leaderOf = /* @__PURE__ */ new Map();
    const failed3 = topics.filter((topic2) => topic2.errorCode !== 0 && names.has(topic2.name ?? ""));
    this.#unknown = failed3.length === 0 ? 0 : this.#unknown + 1;
    for (const topic2 of failed3) {
      const error = errorName(topic2.errorCode);
      if (error !== "UNKNOWN_TOPIC_OR_PARTITION") throw new ApiError(error, `topic ${topic2.name}: ${error}`);
      if (this.#unknown < UNKNOWN_MAX) throw new ApiError("LEADER_NOT_AVAILABLE", `topic ${topic2.name}: ${error}`);
      this.#drop(topic2.name ?? "");
    }
    for (const topic2 of topics) {
      for (const { partitionIndex, leaderId } of topic2.partitions) {
        leaderOf.set(keyOf(topic2.name ?? "", partitionIndex), leaderId);
      }
    }
    const leaders = /* @__PURE__ */ new Map();
    this.#lookAgainAtMs = Number.POSITIVE_INFINITY;
    let without;
    for (const [key2, cursor] of this.#open) {
      const leader = leaderOf.get(key2) ?? -1;
      if (leader < 0) {
        without ??= new ApiError("LEADER_NOT_AVAILABLE", `${key2} has no leader`);
        const failure = this.#stuck(cursor, without);
        if (failure !== void 0) throw failure;
        this.#lookAgainAtMs = performance.now() + LOOK_AGAIN_MS;
        continue;
      }
      const led = leaders.get(leader);
      if (led === void 0) leaders.set(leader, /* @__PURE__ */ new Set([cursor]));
      else led.add(cursor);
    }
    if (leaders.size === 0 && without !== void 0) throw without;
    return leaders;
  }
  #drop(topic2) {
    this.#gone.add(topic2);
    this.#options.onGone(topic2);
    for (const [key2, cursor] of this.#open) if (cursor.topic === topic2) this.#open.delete(key2);
  }
};
function wanted({ partition, offset }) {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 };
  return { partition, fetchOffset: offset, ...epochs, partitionMaxBytes: PARTITION_MAX_BYTES };
}
function isPassing(error) {
  if (error instanceof ConnectionError) return error.retriable;
  if (error instanceof ApiError) return error.retriable;
  return error instanceof MqError && error.code === "MQ_UNKNOWN_BROKER";
}

// src/protocol/schema.ts
function primitive(name) {
  return (options) => ({
    type: { kind: "primitive", name },
    options: options ?? {}
  });
}
var bool = primitive("bool");
var int8 = primitive("int8");
var int16 = primitive("int16");
var uint16 = primitive("uint16");
var int32 = primitive("int32");
var uint32 = primitive("uint32");
var int64 = primitive("int64");
var int64Exact = primitive("int64Exact");
var float64 = primitive("float64");
var string = primitive("string");
var bytes = primitive("bytes");
var records = primitive("records");
var uuid = primitive("uuid");
function struct(fields, versions = "0+") {
  return { fields, versions };
}
function isStruct(value) {
  return typeof value.versions === "string" && "fields" in value;
}
function object(shape, options) {
  const nested = isStruct(shape) ? shape : struct(shape);
  return { type: { kind: "struct", struct: nested }, options: options ?? {} };
}
function array(shape, options) {
  const nested = isStruct(shape) ? shape : struct(shape);
  return { type: { kind: "array", element: { kind: "struct", struct: nested } }, options: options ?? {} };
}
function list(element, options) {
  return { type: { kind: "array", element: element.type }, options: options ?? {} };
}
function message(name, bounds, fields) {
  return { name, versions: bounds.versions, flexible: bounds.flexible, fields };
}
function parseVersions(text) {
  if (text === "none") return { min: 1, max: 0 };
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`bad version range '${text}'`);
  const min = Number(match[1]);
  return { min, max: match[2] ? Number.POSITIVE_INFINITY : match[3] === void 0 ? min : Number(match[3]) };
}
function inVersions(range, version) {
  const { min, max } = parseVersions(range);
  return version >= min && version <= max;
}

// src/protocol/messages/produce.ts
var ProduceRequest = message(
  "ProduceRequest",
  { versions: "3-13", flexible: "9+" },
  {
    transactionalId: string({ versions: "3+", nullable: "3+", default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: "0-12", ignorable: true, mapKey: true }),
      topicId: uuid({ versions: "13+", ignorable: true, mapKey: true }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: "0+" })
      })
    })
  }
);
var ProduceResponse = message(
  "ProduceResponse",
  { versions: "3-13", flexible: "9+" },
  {
    responses: array({
      name: string({ versions: "0-12", ignorable: true, mapKey: true }),
      topicId: uuid({ versions: "13+", ignorable: true, mapKey: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ versions: "2+", default: -1, ignorable: true }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        recordErrors: array(
          {
            batchIndex: int32({ versions: "8+" }),
            batchIndexErrorMessage: string({ versions: "8+", nullable: "8+", default: null })
          },
          { versions: "8+", ignorable: true }
        ),
        errorMessage: string({ versions: "8+", nullable: "8+", default: null, ignorable: true }),
        currentLeader: object(
          {
            leaderId: int32({ versions: "10+", default: -1 }),
            leaderEpoch: int32({ versions: "10+", default: -1 })
          },
          { versions: "10+", tag: 0 }
        )
      })
    }),
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "10+", mapKey: true }),
        host: string({ versions: "10+" }),
        port: int32({ versions: "10+" }),
        rack: string({ versions: "10+", nullable: "10+", default: null })
      },
      { versions: "10+", tag: 0 }
    )
  }
);

// src/protocol/limits.ts
var INT64_MAX = 2 ** 63;
var INT64_MIN = -(2 ** 63);

// src/protocol/messages/fetch.ts
var FetchRequest = message(
  "FetchRequest",
  { versions: "4-18", flexible: "12+" },
  {
    clusterId: string({ versions: "12+", nullable: "12+", tag: 0, default: null, ignorable: true }),
    replicaId: int32({ versions: "0-14", default: -1 }),
    replicaState: object(
      {
        replicaId: int32({ versions: "15+", default: -1 }),
        replicaEpoch: int64({ versions: "15+", default: -1 })
      },
      { versions: "15+", tag: 1 }
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ versions: "3+", default: 2147483647, ignorable: true }),
    isolationLevel: int8({ versions: "4+", ignorable: true }),
    sessionId: int32({ versions: "7+", ignorable: true }),
    sessionEpoch: int32({ versions: "7+", default: -1, ignorable: true }),
    topics: array({
      topic: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: "9+", default: -1, ignorable: true }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ versions: "12+", default: -1 }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ versions: "17+", tag: 0, ignorable: true }),
        highWatermark: int64({ versions: "18+", tag: 1, default: INT64_MAX, ignorable: true })
      })
    }),
    forgottenTopicsData: array(
      {
        topic: string({ versions: "7-12", ignorable: true }),
        topicId: uuid({ versions: "13+", ignorable: true }),
        partitions: list(int32(), { versions: "7+" })
      },
      { versions: "7+" }
    ),
    rackId: string({ versions: "11+", ignorable: true })
  }
);
var FetchResponse = message(
  "FetchResponse",
  { versions: "4-18", flexible: "12+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16({ versions: "7+", ignorable: true }),
    sessionId: int32({ versions: "7+" }),
    responses: array({
      topic: string({ versions: "0-12", ignorable: true }),
      topicId: uuid({ versions: "13+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ versions: "4+", default: -1, ignorable: true }),
        logStartOffset: int64({ versions: "5+", default: -1, ignorable: true }),
        divergingEpoch: object(
          {
            epoch: int32({ versions: "12+", default: -1 }),
            endOffset: int64({ versions: "12+", default: -1 })
          },
          { versions: "12+", tag: 0 }
        ),
        currentLeader: object(
          {
            leaderId: int32({ versions: "12+", default: -1 }),
            leaderEpoch: int32({ versions: "12+", default: -1 })
          },
          { versions: "12+", tag: 1 }
        ),
        snapshotId: object(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 })
          },
          { versions: "12+", tag: 2 }
        ),
        abortedTransactions: array(
          {
            producerId: int64({ versions: "4+" }),
            firstOffset: int64({ versions: "4+" })
          },
          { versions: "4+", nullable: "4+", ignorable: true }
        ),
        preferredReadReplica: int32({ versions: "11+", default: -1 }),
        records: records({ nullable: "0+" })
      })
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "16+", mapKey: true }),
        host: string({ versions: "16+" }),
        port: int32({ versions: "16+" }),
        rack: string({ versions: "16+", nullable: "16+", default: null })
      },
      { versions: "16+", tag: 0 }
    )
  }
);

// src/protocol/messages/list-offsets.ts
var ListOffsetsRequest = message(
  "ListOffsetsRequest",
  { versions: "1-11", flexible: "6+" },
  {
    replicaId: int32(),
    isolationLevel: int8({ versions: "2+" }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: "4+", default: -1, ignorable: true }),
        timestamp: int64()
      })
    }),
    timeoutMs: int32({ versions: "10+", ignorable: true })
  }
);
var ListOffsetsResponse = message(
  "ListOffsetsResponse",
  { versions: "1-11", flexible: "6+" },
  {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ versions: "1+", default: -1 }),
        offset: int64({ versions: "1+", default: -1 }),
        leaderEpoch: int32({ versions: "4+", default: -1 })
      })
    })
  }
);

// src/protocol/messages/metadata.ts
var MetadataRequest = message(
  "MetadataRequest",
  { versions: "0-13", flexible: "9+" },
  {
    topics: array(
      {
        topicId: uuid({ versions: "10+", ignorable: true }),
        name: string({ nullable: "10+" })
      },
      { nullable: "1+" }
    ),
    allowAutoTopicCreation: bool({ versions: "4+", default: true }),
    includeClusterAuthorizedOperations: bool({ versions: "8-10" }),
    includeTopicAuthorizedOperations: bool({ versions: "8+" })
  }
);
var MetadataResponse = message(
  "MetadataResponse",
  { versions: "0-13", flexible: "9+" },
  {
    throttleTimeMs: int32({ versions: "3+", ignorable: true }),
    brokers: array({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ versions: "1+", nullable: "1+", default: null, ignorable: true })
    }),
    clusterId: string({ versions: "2+", nullable: "2+", default: null, ignorable: true }),
    controllerId: int32({ versions: "1+", default: -1, ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: "12+", mapKey: true }),
      topicId: uuid({ versions: "10+", ignorable: true }),
      isInternal: bool({ versions: "1+", ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ versions: "7+", default: -1, ignorable: true }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        offlineReplicas: list(int32(), { versions: "5+", ignorable: true })
      }),
      topicAuthorizedOperations: int32({ versions: "8+", default: -2147483648 })
    }),
    clusterAuthorizedOperations: int32({ versions: "8-10", default: -2147483648 }),
    errorCode: int16({ versions: "13+", ignorable: true })
  }
);

// src/protocol/messages/offset-commit.ts
var OffsetCommitRequest = message(
  "OffsetCommitRequest",
  { versions: "2-10", flexible: "8+" },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ versions: "1+", default: -1, ignorable: true }),
    memberId: string({ versions: "1+", ignorable: true }),
    groupInstanceId: string({ versions: "7+", nullable: "7+", default: null }),
    retentionTimeMs: int64({ versions: "2-4", default: -1, ignorable: true }),
    topics: array({
      name: string({ versions: "0-9", ignorable: true }),
      topicId: uuid({ versions: "10+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: "6+", default: -1, ignorable: true }),
        committedMetadata: string({ nullable: "0+" })
      })
    })
  }
);
var OffsetCommitResponse = message(
  "OffsetCommitResponse",
  { versions: "2-10", flexible: "8+" },
  {
    throttleTimeMs: int32({ versions: "3+", ignorable: true }),
    topics: array({
      name: string({ versions: "0-9", ignorable: true }),
      topicId: uuid({ versions: "10+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16()
      })
    })
  }
);

// src/protocol/messages/offset-fetch.ts
var OffsetFetchRequest = message(
  "OffsetFetchRequest",
  { versions: "1-10", flexible: "6+" },
  {
    groupId: string({ versions: "0-7" }),
    topics: array(
      {
        name: string({ versions: "0-7" }),
        partitionIndexes: list(int32(), { versions: "0-7" })
      },
      { versions: "0-7", nullable: "2-7" }
    ),
    groups: array(
      {
        groupId: string({ versions: "8+" }),
        memberId: string({ versions: "9+", nullable: "9+", default: null, ignorable: true }),
        memberEpoch: int32({ versions: "9+", default: -1, ignorable: true }),
        topics: array(
          {
            name: string({ versions: "8-9", ignorable: true }),
            topicId: uuid({ versions: "10+", ignorable: true }),
            partitionIndexes: list(int32(), { versions: "8+" })
          },
          { versions: "8+", nullable: "8+" }
        )
      },
      { versions: "8+" }
    ),
    requireStable: bool({ versions: "7+" })
  }
);
var OffsetFetchResponse = message(
  "OffsetFetchResponse",
  { versions: "1-10", flexible: "6+" },
  {
    throttleTimeMs: int32({ versions: "3+", ignorable: true }),
    topics: array(
      {
        name: string({ versions: "0-7" }),
        partitions: array(
          {
            partitionIndex: int32({ versions: "0-7" }),
            committedOffset: int64({ versions: "0-7" }),
            committedLeaderEpoch: int32({ versions: "5-7", default: -1, ignorable: true }),
            metadata: string({ versions: "0-7", nullable: "0-7" }),
            errorCode: int16({ versions: "0-7" })
          },
          { versions: "0-7" }
        )
      },
      { versions: "0-7" }
    ),
    errorCode: int16({ versions: "2-7", ignorable: true }),
    groups: array(
      {
        groupId: string({ versions: "8+" }),
        topics: array(
          {
            name: string({ versions: "8-9", ignorable: true }),
            topicId: uuid({ versions: "10+", ignorable: true }),
            partitions: array(
              {
                partitionIndex: int32({ versions: "8+" }),
                committedOffset: int64({ versions: "8+" }),
                committedLeaderEpoch: int32({ versions: "8+", default: -1, ignorable: true }),
                metadata: string({ versions: "8+", nullable: "8+" }),
                errorCode: int16({ versions: "8+" })
              },
              { versions: "8+" }
            )
          },
          { versions: "8+" }
        ),
        errorCode: int16({ versions: "8+" })
      },
      { versions: "8+" }
    )
  }
);

// src/protocol/messages/find-coordinator.ts
var FindCoordinatorRequest = message(
  "FindCoordinatorRequest",
  { versions: "0-6", flexible: "3+" },
  {
    key: string({ versions: "0-3" }),
    keyType: int8({ versions: "1+" }),
    coordinatorKeys: list(string(), { versions: "4+" })
  }
);
var FindCoordinatorResponse = message(
  "FindCoordinatorResponse",
  { versions: "0-6", flexible: "3+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16({ versions: "0-3" }),
    errorMessage: string({ versions: "1-3", nullable: "1-3", ignorable: true }),
    nodeId: int32({ versions: "0-3" }),
    host: string({ versions: "0-3" }),
    port: int32({ versions: "0-3" }),
    coordinators: array(
      {
        key: string({ versions: "4+" }),
        nodeId: int32({ versions: "4+" }),
        host: string({ versions: "4+" }),
        port: int32({ versions: "4+" }),
        errorCode: int16({ versions: "4+" }),
        errorMessage: string({ versions: "4+", nullable: "4+", ignorable: true })
      },
      { versions: "4+" }
    )
  }
);

// src/protocol/messages/join-group.ts
var JoinGroupRequest = message(
  "JoinGroupRequest",
  { versions: "0-9", flexible: "6+" },
  {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ versions: "1+", default: -1, ignorable: true }),
    memberId: string(),
    groupInstanceId: string({ versions: "5+", nullable: "5+", default: null }),
    protocolType: string(),
    protocols: array({
      name: string({ mapKey: true }),
      metadata: bytes()
    }),
    reason: string({ versions: "8+", nullable: "8+", default: null, ignorable: true })
  }
);
var JoinGroupResponse = message(
  "JoinGroupResponse",
  { versions: "0-9", flexible: "6+" },
  {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ versions: "7+", nullable: "7+", default: null, ignorable: true }),
    protocolName: string({ nullable: "7+" }),
    leader: string(),
    skipAssignment: bool({ versions: "9+" }),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
      metadata: bytes()
    })
  }
);

// src/protocol/messages/heartbeat.ts
var HeartbeatRequest = message(
  "HeartbeatRequest",
  { versions: "0-4", flexible: "4+" },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null })
  }
);
var HeartbeatResponse = message(
  "HeartbeatResponse",
  { versions: "0-4", flexible: "4+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16()
  }
);

// src/protocol/messages/leave-group.ts
var LeaveGroupRequest = message(
  "LeaveGroupRequest",
  { versions: "0-5", flexible: "4+" },
  {
    groupId: string(),
    memberId: string({ versions: "0-2" }),
    members: array(
      {
        memberId: string({ versions: "3+" }),
        groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
        reason: string({ versions: "5+", nullable: "5+", default: null, ignorable: true })
      },
      { versions: "3+" }
    )
  }
);
var LeaveGroupResponse = message(
  "LeaveGroupResponse",
  { versions: "0-5", flexible: "4+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string({ versions: "3+" }),
        groupInstanceId: string({ versions: "3+", nullable: "3+" }),
        errorCode: int16({ versions: "3+" })
      },
      { versions: "3+" }
    )
  }
);

// src/protocol/messages/sync-group.ts
var SyncGroupRequest = message(
  "SyncGroupRequest",
  { versions: "0-5", flexible: "4+" },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
    protocolType: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    protocolName: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    assignments: array({
      memberId: string(),
      assignment: bytes()
    })
  }
);
var SyncGroupResponse = message(
  "SyncGroupResponse",
  { versions: "0-5", flexible: "4+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    protocolType: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    protocolName: string({ versions: "5+", nullable: "5+", default: null, ignorable: true }),
    assignment: bytes()
  }
);

// src/protocol/messages/describe-groups.ts
var DescribeGroupsRequest = message(
  "DescribeGroupsRequest",
  { versions: "0-6", flexible: "5+" },
  {
    groups: list(string()),
    includeAuthorizedOperations: bool({ versions: "3+" })
  }
);
var DescribeGroupsResponse = message(
  "DescribeGroupsResponse",
  { versions: "0-6", flexible: "5+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ versions: "6+", nullable: "6+", default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ versions: "4+", nullable: "4+", default: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes()
      }),
      authorizedOperations: int32({ versions: "3+", default: -2147483648 })
    })
  }
);

// src/protocol/messages/list-groups.ts
var ListGroupsRequest = message(
  "ListGroupsRequest",
  { versions: "0-5", flexible: "3+" },
  {
    statesFilter: list(string(), { versions: "4+" }),
    typesFilter: list(string(), { versions: "5+" })
  }
);
var ListGroupsResponse = message(
  "ListGroupsResponse",
  { versions: "0-5", flexible: "3+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: "4+", ignorable: true }),
      groupType: string({ versions: "5+", ignorable: true })
    })
  }
);

// src/protocol/messages/sasl-handshake.ts
var SaslHandshakeRequest = message(
  "SaslHandshakeRequest",
  { versions: "0-1", flexible: "none" },
  {
    mechanism: string()
  }
);
var SaslHandshakeResponse = message(
  "SaslHandshakeResponse",
  { versions: "0-1", flexible: "none" },
  {
    errorCode: int16(),
    mechanisms: list(string())
  }
);

// src/protocol/messages/api-versions.ts
var ApiVersionsRequest = message(
  "ApiVersionsRequest",
  { versions: "0-4", flexible: "3+" },
  {
    clientSoftwareName: string({ versions: "3+", ignorable: true }),
    clientSoftwareVersion: string({ versions: "3+", ignorable: true })
  }
);
var ApiVersionsResponse = message(
  "ApiVersionsResponse",
  { versions: "0-4", flexible: "3+" },
  {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16({ mapKey: true }),
      minVersion: int16(),
      maxVersion: int16()
    }),
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    supportedFeatures: array(
      {
        name: string({ versions: "3+", mapKey: true }),
        minVersion: int16({ versions: "3+" }),
        maxVersion: int16({ versions: "3+" })
      },
      { versions: "3+", tag: 0, ignorable: true }
    ),
    finalizedFeaturesEpoch: int64({ versions: "3+", tag: 1, default: -1, ignorable: true }),
    finalizedFeatures: array(
      {
        name: string({ versions: "3+", mapKey: true }),
        maxVersionLevel: int16({ versions: "3+" }),
        minVersionLevel: int16({ versions: "3+" })
      },
      { versions: "3+", tag: 2, ignorable: true }
    ),
    zkMigrationReady: bool({ versions: "3+", tag: 3, ignorable: true })
  }
);

// src/protocol/messages/create-topics.ts
var CreateTopicsRequest = message(
  "CreateTopicsRequest",
  { versions: "2-7", flexible: "5+" },
  {
    topics: array({
      name: string({ mapKey: true }),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32({ mapKey: true }),
        brokerIds: list(int32())
      }),
      configs: array({
        name: string({ mapKey: true }),
        value: string({ nullable: "0+" })
      })
    }),
    timeoutMs: int32({ default: 6e4 }),
    validateOnly: bool({ versions: "1+" })
  }
);
var CreateTopicsResponse = message(
  "CreateTopicsResponse",
  { versions: "2-7", flexible: "5+" },
  {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      name: string({ mapKey: true }),
      topicId: uuid({ versions: "7+", ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: "1+", nullable: "0+", ignorable: true }),
      topicConfigErrorCode: int16({ versions: "5+", tag: 0, ignorable: true }),
      numPartitions: int32({ versions: "5+", default: -1, ignorable: true }),
      replicationFactor: int16({ versions: "5+", default: -1, ignorable: true }),
      configs: array(
        {
          name: string({ versions: "5+" }),
          value: string({ versions: "5+", nullable: "5+" }),
          readOnly: bool({ versions: "5+" }),
          configSource: int8({ versions: "5+", default: -1, ignorable: true }),
          isSensitive: bool({ versions: "5+" })
        },
        { versions: "5+", nullable: "5+", ignorable: true }
      )
    })
  }
);

// src/protocol/messages/delete-topics.ts
var DeleteTopicsRequest = message(
  "DeleteTopicsRequest",
  { versions: "1-6", flexible: "4+" },
  {
    topics: array(
      {
        name: string({ versions: "6+", nullable: "6+", default: null }),
        topicId: uuid({ versions: "6+" })
      },
      { versions: "6+" }
    ),
    topicNames: list(string(), { versions: "0-5", ignorable: true }),
    timeoutMs: int32()
  }
);
var DeleteTopicsResponse = message(
  "DeleteTopicsResponse",
  { versions: "1-6", flexible: "4+" },
  {
    throttleTimeMs: int32({ versions: "1+", ignorable: true }),
    responses: array({
      name: string({ nullable: "6+", mapKey: true }),
      topicId: uuid({ versions: "6+", ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: "5+", nullable: "5+", default: null, ignorable: true })
    })
  }
);

// src/protocol/messages/delete-records.ts
var DeleteRecordsRequest = message(
  "DeleteRecordsRequest",
  { versions: "0-2", flexible: "2+" },
  {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64()
      })
    }),
    timeoutMs: int32()
  }
);
var DeleteRecordsResponse = message(
  "DeleteRecordsResponse",
  { versions: "0-2", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        lowWatermark: int64(),
        errorCode: int16()
      })
    })
  }
);

// src/protocol/messages/init-producer-id.ts
var InitProducerIdRequest = message(
  "InitProducerIdRequest",
  { versions: "0-6", flexible: "2+" },
  {
    transactionalId: string({ nullable: "0+" }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: "3+", default: -1 }),
    producerEpoch: int16({ versions: "3+", default: -1 }),
    enable2Pc: bool({ versions: "6+" }),
    keepPreparedTxn: bool({ versions: "6+" })
  }
);
var InitProducerIdResponse = message(
  "InitProducerIdResponse",
  { versions: "0-6", flexible: "2+" },
  {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ versions: "6+", default: -1 }),
    ongoingTxnProducerEpoch: int16({ versions: "6+", default: -1 })
  }
);

// src/protocol/messages/offset-for-leader-epoch.ts
var OffsetForLeaderEpochRequest = message(
  "OffsetForLeaderEpochRequest",
  { versions: "2-4", flexible: "4+" },
  {
    replicaId: int32({ versions: "3+", default: -2, ignorable: true }),
    topics: array({
      topic: string({ mapKey: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: "2+", default: -1, ignorable: true }),
        leaderEpoch: int32()
      })
    })
  }
);
var OffsetForLeaderEpochResponse = message(
  "OffsetForLeaderEpochResponse",
  { versions: "2-4", flexible: "4+" },
  {
    throttleTimeMs: int32({ versions: "2+", ignorable: true }),
    topics: array({
      topic: string({ mapKey: true }),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ versions: "1+", default: -1, ignorable: true }),
        endOffset: int64({ default: -1 })
      })
    })
  }
);

// src/protocol/messages/add-partitions-to-txn.ts
var AddPartitionsToTxnRequestAddPartitionsToTxnTopic = struct({
  name: string({ mapKey: true }),
  partitions: list(int32())
});
var AddPartitionsToTxnRequest = message(
  "AddPartitionsToTxnRequest",
  { versions: "0-5", flexible: "3+" },
  {
    transactions: array(
      {
        transactionalId: string({ versions: "4+", mapKey: true }),
        producerId: int64({ versions: "4+" }),
        producerEpoch: int16({ versions: "4+" }),
        verifyOnly: bool({ versions: "4+" }),
        topics: array(AddPartitionsToTxnRequestAddPartitionsToTxnTopic, { versions: "4+" })
      },
      { versions: "4+" }
    ),
    v3AndBelowTransactionalId: string({ versions: "0-3" }),
    v3AndBelowProducerId: int64({ versions: "0-3" }),
    v3AndBelowProducerEpoch: int16({ versions: "0-3" }),
    v3AndBelowTopics: array(AddPartitionsToTxnRequestAddPartitionsToTxnTopic, { versions: "0-3" })
  }
);
var AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult = struct({
  partitionIndex: int32({ mapKey: true }),
  partitionErrorCode: int16()
});
var AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult = struct({
  name: string({ mapKey: true }),
  resultsByPartition: array(AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult)
});
var AddPartitionsToTxnResponse = message(
  "AddPartitionsToTxnResponse",
  { versions: "0-5", flexible: "3+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: "4+", ignorable: true }),
    resultsByTransaction: array(
      {
        transactionalId: string({ versions: "4+", mapKey: true }),
        topicResults: array(AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult, { versions: "4+" })
      },
      { versions: "4+" }
    ),
    resultsByTopicV3AndBelow: array(AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult, { versions: "0-3" })
  }
);

// src/protocol/messages/add-offsets-to-txn.ts
var AddOffsetsToTxnRequest = message(
  "AddOffsetsToTxnRequest",
  { versions: "0-4", flexible: "3+" },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string()
  }
);
var AddOffsetsToTxnResponse = message(
  "AddOffsetsToTxnResponse",
  { versions: "0-4", flexible: "3+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16()
  }
);

// src/protocol/messages/end-txn.ts
var EndTxnRequest = message(
  "EndTxnRequest",
  { versions: "0-5", flexible: "3+" },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool()
  }
);
var EndTxnResponse = message(
  "EndTxnResponse",
  { versions: "0-5", flexible: "3+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: "5+", default: -1, ignorable: true }),
    producerEpoch: int16({ versions: "5+", default: -1, ignorable: true })
  }
);

// src/protocol/messages/write-txn-markers.ts
var WriteTxnMarkersRequest = message(
  "WriteTxnMarkersRequest",
  { versions: "1-2", flexible: "1+" },
  {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: list(int32())
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ versions: "2+", ignorable: true })
    })
  }
);
var WriteTxnMarkersResponse = message(
  "WriteTxnMarkersResponse",
  { versions: "1-2", flexible: "1+" },
  {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16()
        })
      })
    })
  }
);

// src/protocol/messages/txn-offset-commit.ts
var TxnOffsetCommitRequest = message(
  "TxnOffsetCommitRequest",
  { versions: "0-5", flexible: "3+" },
  {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ versions: "3+", default: -1 }),
    memberId: string({ versions: "3+" }),
    groupInstanceId: string({ versions: "3+", nullable: "3+", default: null }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: "2+", default: -1, ignorable: true }),
        committedMetadata: string({ nullable: "0+" })
      })
    })
  }
);
var TxnOffsetCommitResponse = message(
  "TxnOffsetCommitResponse",
  { versions: "0-5", flexible: "3+" },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16()
      })
    })
  }
);

// src/protocol/messages/describe-acls.ts
var DescribeAclsRequest = message(
  "DescribeAclsRequest",
  { versions: "1-3", flexible: "2+" },
  {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: "0+" }),
    patternTypeFilter: int8({ versions: "1+", default: 3 }),
    principalFilter: string({ nullable: "0+" }),
    hostFilter: string({ nullable: "0+" }),
    operation: int8(),
    permissionType: int8()
  }
);
var DescribeAclsResponse = message(
  "DescribeAclsResponse",
  { versions: "1-3", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ versions: "1+", default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8()
      })
    })
  }
);

// src/protocol/messages/create-acls.ts
var CreateAclsRequest = message(
  "CreateAclsRequest",
  { versions: "1-3", flexible: "2+" },
  {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ versions: "1+", default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8()
    })
  }
);
var CreateAclsResponse = message(
  "CreateAclsResponse",
  { versions: "1-3", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" })
    })
  }
);

// src/protocol/messages/delete-acls.ts
var DeleteAclsRequest = message(
  "DeleteAclsRequest",
  { versions: "1-3", flexible: "2+" },
  {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: "0+" }),
      patternTypeFilter: int8({ versions: "1+", default: 3 }),
      principalFilter: string({ nullable: "0+" }),
      hostFilter: string({ nullable: "0+" }),
      operation: int8(),
      permissionType: int8()
    })
  }
);
var DeleteAclsResponse = message(
  "DeleteAclsResponse",
  { versions: "1-3", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ versions: "1+", default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8()
      })
    })
  }
);

// src/protocol/messages/describe-configs.ts
var DescribeConfigsRequest = message(
  "DescribeConfigsRequest",
  { versions: "1-4", flexible: "4+" },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: list(string(), { nullable: "0+" })
    }),
    includeSynonyms: bool({ versions: "1+" }),
    includeDocumentation: bool({ versions: "3+" })
  }
);
var DescribeConfigsResponse = message(
  "DescribeConfigsResponse",
  { versions: "1-4", flexible: "4+" },
  {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: "0+" }),
        readOnly: bool(),
        configSource: int8({ versions: "1+", default: -1, ignorable: true }),
        isSensitive: bool(),
        synonyms: array(
          {
            name: string({ versions: "1+" }),
            value: string({ versions: "1+", nullable: "0+" }),
            source: int8({ versions: "1+" })
          },
          { versions: "1+", ignorable: true }
        ),
        configType: int8({ versions: "3+", ignorable: true }),
        documentation: string({ versions: "3+", nullable: "0+", ignorable: true })
      })
    })
  }
);

// src/protocol/messages/alter-configs.ts
var AlterConfigsRequest = message(
  "AlterConfigsRequest",
  { versions: "0-2", flexible: "2+" },
  {
    resources: array({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array({
        name: string({ mapKey: true }),
        value: string({ nullable: "0+" })
      })
    }),
    validateOnly: bool()
  }
);
var AlterConfigsResponse = message(
  "AlterConfigsResponse",
  { versions: "0-2", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      resourceType: int8(),
      resourceName: string()
    })
  }
);

// src/protocol/messages/alter-replica-log-dirs.ts
var AlterReplicaLogDirsRequest = message(
  "AlterReplicaLogDirsRequest",
  { versions: "1-2", flexible: "2+" },
  {
    dirs: array({
      path: string({ mapKey: true }),
      topics: array({
        name: string({ mapKey: true }),
        partitions: list(int32())
      })
    })
  }
);
var AlterReplicaLogDirsResponse = message(
  "AlterReplicaLogDirsResponse",
  { versions: "1-2", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16()
      })
    })
  }
);

// src/protocol/messages/describe-log-dirs.ts
var DescribeLogDirsRequest = message(
  "DescribeLogDirsRequest",
  { versions: "1-5", flexible: "2+" },
  {
    topics: array(
      {
        topic: string({ mapKey: true }),
        partitions: list(int32())
      },
      { nullable: "0+" }
    )
  }
);
var DescribeLogDirsResponse = message(
  "DescribeLogDirsResponse",
  { versions: "1-5", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: "3+", ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool()
        })
      }),
      totalBytes: int64({ versions: "4+", default: -1, ignorable: true }),
      usableBytes: int64({ versions: "4+", default: -1, ignorable: true }),
      isCordoned: bool({ versions: "5+", ignorable: true })
    })
  }
);

// src/protocol/messages/sasl-authenticate.ts
var SaslAuthenticateRequest = message(
  "SaslAuthenticateRequest",
  { versions: "0-2", flexible: "2+" },
  {
    authBytes: bytes()
  }
);
var SaslAuthenticateResponse = message(
  "SaslAuthenticateResponse",
  { versions: "0-2", flexible: "2+" },
  {
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: "1+", ignorable: true })
  }
);

// src/protocol/messages/create-partitions.ts
var CreatePartitionsRequest = message(
  "CreatePartitionsRequest",
  { versions: "0-3", flexible: "2+" },
  {
    topics: array({
      name: string({ mapKey: true }),
      count: int32(),
      assignments: array(
        {
          brokerIds: list(int32())
        },
        { nullable: "0+" }
      )
    }),
    timeoutMs: int32(),
    validateOnly: bool()
  }
);
var CreatePartitionsResponse = message(
  "CreatePartitionsResponse",
  { versions: "0-3", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null })
    })
  }
);

// src/protocol/messages/create-delegation-token.ts
var CreateDelegationTokenRequest = message(
  "CreateDelegationTokenRequest",
  { versions: "1-3", flexible: "2+" },
  {
    ownerPrincipalType: string({ versions: "3+", nullable: "3+" }),
    ownerPrincipalName: string({ versions: "3+", nullable: "3+" }),
    renewers: array({
      principalType: string(),
      principalName: string()
    }),
    maxLifetimeMs: int64()
  }
);
var CreateDelegationTokenResponse = message(
  "CreateDelegationTokenResponse",
  { versions: "1-3", flexible: "2+" },
  {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: "3+" }),
    tokenRequesterPrincipalName: string({ versions: "3+" }),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32()
  }
);

// src/protocol/messages/renew-delegation-token.ts
var RenewDelegationTokenRequest = message(
  "RenewDelegationTokenRequest",
  { versions: "1-2", flexible: "2+" },
  {
    hmac: bytes(),
    renewPeriodMs: int64()
  }
);
var RenewDelegationTokenResponse = message(
  "RenewDelegationTokenResponse",
  { versions: "1-2", flexible: "2+" },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32()
  }
);

// src/protocol/messages/expire-delegation-token.ts
var ExpireDelegationTokenRequest = message(
  "ExpireDelegationTokenRequest",
  { versions: "1-2", flexible: "2+" },
  {
    hmac: bytes(),
    expiryTimePeriodMs: int64()
  }
);
var ExpireDelegationTokenResponse = message(
  "ExpireDelegationTokenResponse",
  { versions: "1-2", flexible: "2+" },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32()
  }
);

// src/protocol/messages/describe-delegation-token.ts
var DescribeDelegationTokenRequest = message(
  "DescribeDelegationTokenRequest",
  { versions: "1-3", flexible: "2+" },
  {
    owners: array(
      {
        principalType: string(),
        principalName: string()
      },
      { nullable: "0+" }
    )
  }
);
var DescribeDelegationTokenResponse = message(
  "DescribeDelegationTokenResponse",
  { versions: "1-3", flexible: "2+" },
  {
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: "3+" }),
      tokenRequesterPrincipalName: string({ versions: "3+" }),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string()
      })
    }),
    throttleTimeMs: int32()
  }
);

// src/protocol/messages/delete-groups.ts
var DeleteGroupsRequest = message(
  "DeleteGroupsRequest",
  { versions: "0-2", flexible: "2+" },
  {
    groupsNames: list(string())
  }
);
var DeleteGroupsResponse = message(
  "DeleteGroupsResponse",
  { versions: "0-2", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    results: array({
      groupId: string({ mapKey: true }),
      errorCode: int16()
    })
  }
);

// src/protocol/messages/elect-leaders.ts
var ElectLeadersRequest = message(
  "ElectLeadersRequest",
  { versions: "0-2", flexible: "2+" },
  {
    electionType: int8({ versions: "1+" }),
    topicPartitions: array(
      {
        topic: string({ mapKey: true }),
        partitions: list(int32())
      },
      { nullable: "0+" }
    ),
    timeoutMs: int32({ default: 6e4 })
  }
);
var ElectLeadersResponse = message(
  "ElectLeadersResponse",
  { versions: "0-2", flexible: "2+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: "1+" }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" })
      })
    })
  }
);

// src/protocol/messages/incremental-alter-configs.ts
var IncrementalAlterConfigsRequest = message(
  "IncrementalAlterConfigsRequest",
  { versions: "0-1", flexible: "1+" },
  {
    resources: array({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array({
        name: string({ mapKey: true }),
        configOperation: int8({ mapKey: true }),
        value: string({ nullable: "0+" })
      })
    }),
    validateOnly: bool()
  }
);
var IncrementalAlterConfigsResponse = message(
  "IncrementalAlterConfigsResponse",
  { versions: "0-1", flexible: "1+" },
  {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      resourceType: int8(),
      resourceName: string()
    })
  }
);

// src/protocol/messages/alter-partition-reassignments.ts
var AlterPartitionReassignmentsRequest = message(
  "AlterPartitionReassignmentsRequest",
  { versions: "0-1", flexible: "0+" },
  {
    timeoutMs: int32({ default: 6e4 }),
    allowReplicationFactorChange: bool({ versions: "1+", default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: list(int32(), { nullable: "0+", default: null })
      })
    })
  }
);
var AlterPartitionReassignmentsResponse = message(
  "AlterPartitionReassignmentsResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ versions: "1+", default: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" })
      })
    })
  }
);

// src/protocol/messages/list-partition-reassignments.ts
var ListPartitionReassignmentsRequest = message(
  "ListPartitionReassignmentsRequest",
  { versions: "0", flexible: "0+" },
  {
    timeoutMs: int32({ default: 6e4 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: list(int32())
      },
      { nullable: "0+", default: null }
    )
  }
);
var ListPartitionReassignmentsResponse = message(
  "ListPartitionReassignmentsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: list(int32()),
        addingReplicas: list(int32()),
        removingReplicas: list(int32())
      })
    })
  }
);

// src/protocol/messages/offset-delete.ts
var OffsetDeleteRequest = message(
  "OffsetDeleteRequest",
  { versions: "0", flexible: "none" },
  {
    groupId: string(),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32()
      })
    })
  }
);
var OffsetDeleteResponse = message(
  "OffsetDeleteResponse",
  { versions: "0", flexible: "none" },
  {
    errorCode: int16(),
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        errorCode: int16()
      })
    })
  }
);

// src/protocol/messages/describe-client-quotas.ts
var DescribeClientQuotasRequest = message(
  "DescribeClientQuotasRequest",
  { versions: "0-1", flexible: "1+" },
  {
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string({ nullable: "0+" })
    }),
    strict: bool()
  }
);
var DescribeClientQuotasResponse = message(
  "DescribeClientQuotasResponse",
  { versions: "0-1", flexible: "1+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: "0+" })
        }),
        values: array({
          key: string(),
          value: float64()
        })
      },
      { nullable: "0+" }
    )
  }
);

// src/protocol/messages/alter-client-quotas.ts
var AlterClientQuotasRequest = message(
  "AlterClientQuotasRequest",
  { versions: "0-1", flexible: "1+" },
  {
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string({ nullable: "0+" })
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool()
      })
    }),
    validateOnly: bool()
  }
);
var AlterClientQuotasResponse = message(
  "AlterClientQuotasResponse",
  { versions: "0-1", flexible: "1+" },
  {
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: "0+" })
      })
    })
  }
);

// src/protocol/messages/describe-user-scram-credentials.ts
var DescribeUserScramCredentialsRequest = message(
  "DescribeUserScramCredentialsRequest",
  { versions: "0", flexible: "0+" },
  {
    users: array(
      {
        name: string()
      },
      { nullable: "0+" }
    )
  }
);
var DescribeUserScramCredentialsResponse = message(
  "DescribeUserScramCredentialsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32()
      })
    })
  }
);

// src/protocol/messages/alter-user-scram-credentials.ts
var AlterUserScramCredentialsRequest = message(
  "AlterUserScramCredentialsRequest",
  { versions: "0", flexible: "0+" },
  {
    deletions: array({
      name: string(),
      mechanism: int8()
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes()
    })
  }
);
var AlterUserScramCredentialsResponse = message(
  "AlterUserScramCredentialsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+" })
    })
  }
);

// src/protocol/messages/vote.ts
var VoteRequest = message(
  "VoteRequest",
  { versions: "0-2", flexible: "0+" },
  {
    clusterId: string({ nullable: "0+", default: null }),
    voterId: int32({ versions: "1+", default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid({ versions: "1+", ignorable: true }),
        voterDirectoryId: uuid({ versions: "1+", ignorable: true }),
        lastOffsetEpoch: int32(),
        lastOffset: int64(),
        preVote: bool({ versions: "2+" })
      })
    })
  }
);
var VoteResponse = message(
  "VoteResponse",
  { versions: "0-2", flexible: "0+" },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        voteGranted: bool()
      })
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", tag: 0 }
    )
  }
);

// src/protocol/messages/begin-quorum-epoch.ts
var BeginQuorumEpochRequest = message(
  "BeginQuorumEpochRequest",
  { versions: "0-1", flexible: "1+" },
  {
    clusterId: string({ nullable: "0+", default: null }),
    voterId: int32({ versions: "1+", default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        voterDirectoryId: uuid({ versions: "1+", ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32()
      })
    }),
    leaderEndpoints: array(
      {
        name: string({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", ignorable: true }
    )
  }
);
var BeginQuorumEpochResponse = message(
  "BeginQuorumEpochResponse",
  { versions: "0-1", flexible: "1+" },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32()
      })
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", tag: 0 }
    )
  }
);

// src/protocol/messages/end-quorum-epoch.ts
var EndQuorumEpochRequest = message(
  "EndQuorumEpochRequest",
  { versions: "0-1", flexible: "1+" },
  {
    clusterId: string({ nullable: "0+", default: null }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32(),
        preferredSuccessors: list(int32(), { versions: "0", ignorable: true }),
        preferredCandidates: array(
          {
            candidateId: int32({ versions: "1+" }),
            candidateDirectoryId: uuid({ versions: "1+" })
          },
          { versions: "1+", ignorable: true }
        )
      })
    }),
    leaderEndpoints: array(
      {
        name: string({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", ignorable: true }
    )
  }
);
var EndQuorumEpochResponse = message(
  "EndQuorumEpochResponse",
  { versions: "0-1", flexible: "1+" },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32()
      })
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", tag: 0 }
    )
  }
);

// src/protocol/messages/describe-quorum.ts
var DescribeQuorumRequest = message(
  "DescribeQuorumRequest",
  { versions: "0-2", flexible: "0+" },
  {
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32()
      })
    })
  }
);
var DescribeQuorumResponseReplicaState = struct({
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: "2+" }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: "1+", default: -1, ignorable: true }),
  lastCaughtUpTimestamp: int64({ versions: "1+", default: -1, ignorable: true })
});
var DescribeQuorumResponse = message(
  "DescribeQuorumResponse",
  { versions: "0-2", flexible: "0+" },
  {
    errorCode: int16(),
    errorMessage: string({ versions: "2+", nullable: "2+", ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: "2+", nullable: "2+", ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(DescribeQuorumResponseReplicaState),
        observers: array(DescribeQuorumResponseReplicaState)
      })
    }),
    nodes: array(
      {
        nodeId: int32({ versions: "2+", mapKey: true }),
        listeners: array(
          {
            name: string({ versions: "2+", mapKey: true }),
            host: string({ versions: "2+" }),
            port: uint16({ versions: "2+" })
          },
          { versions: "2+" }
        )
      },
      { versions: "2+" }
    )
  }
);

// src/protocol/messages/alter-partition.ts
var AlterPartitionRequest = message(
  "AlterPartitionRequest",
  { versions: "2-3", flexible: "0+" },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    topics: array({
      topicId: uuid({ versions: "2+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: list(int32(), { versions: "0-2" }),
        newIsrWithEpochs: array(
          {
            brokerId: int32({ versions: "3+" }),
            brokerEpoch: int64({ versions: "3+", default: -1 })
          },
          { versions: "3+" }
        ),
        leaderRecoveryState: int8({ versions: "1+" }),
        partitionEpoch: int32()
      })
    })
  }
);
var AlterPartitionResponse = message(
  "AlterPartitionResponse",
  { versions: "2-3", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid({ versions: "2+", ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: list(int32()),
        leaderRecoveryState: int8({ versions: "1+", ignorable: true }),
        partitionEpoch: int32()
      })
    })
  }
);

// src/protocol/messages/update-features.ts
var UpdateFeaturesRequest = message(
  "UpdateFeaturesRequest",
  { versions: "0-2", flexible: "0+" },
  {
    timeoutMs: int32({ default: 6e4 }),
    featureUpdates: array({
      feature: string({ mapKey: true }),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: "0" }),
      upgradeType: int8({ versions: "1+", default: 1 })
    }),
    validateOnly: bool({ versions: "1+" })
  }
);
var UpdateFeaturesResponse = message(
  "UpdateFeaturesResponse",
  { versions: "0-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" }),
    results: array(
      {
        feature: string({ mapKey: true }),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+" })
      },
      { versions: "0-1", ignorable: true }
    )
  }
);

// src/protocol/messages/envelope.ts
var EnvelopeRequest = message(
  "EnvelopeRequest",
  { versions: "0", flexible: "0+" },
  {
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: "0+" }),
    clientHostAddress: bytes()
  }
);
var EnvelopeResponse = message(
  "EnvelopeResponse",
  { versions: "0", flexible: "0+" },
  {
    responseData: bytes({ nullable: "0+", default: null }),
    errorCode: int16()
  }
);

// src/protocol/messages/fetch-snapshot.ts
var FetchSnapshotRequest = message(
  "FetchSnapshotRequest",
  { versions: "0-1", flexible: "0+" },
  {
    clusterId: string({ nullable: "0+", tag: 0, default: null }),
    replicaId: int32({ default: -1 }),
    maxBytes: int32({ default: 2147483647 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: object({
          endOffset: int64(),
          epoch: int32()
        }),
        position: int64(),
        replicaDirectoryId: uuid({ versions: "1+", tag: 0, ignorable: true })
      })
    })
  }
);
var FetchSnapshotResponse = message(
  "FetchSnapshotResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: object({
          endOffset: int64(),
          epoch: int32()
        }),
        currentLeader: object(
          {
            leaderId: int32(),
            leaderEpoch: int32()
          },
          { tag: 0 }
        ),
        size: int64(),
        position: int64(),
        unalignedRecords: records()
      })
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: "1+", mapKey: true }),
        host: string({ versions: "1+" }),
        port: uint16({ versions: "1+" })
      },
      { versions: "1+", tag: 0 }
    )
  }
);

// src/protocol/messages/describe-cluster.ts
var DescribeClusterRequest = message(
  "DescribeClusterRequest",
  { versions: "0-2", flexible: "0+" },
  {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ versions: "1+", default: 1 }),
    includeFencedBrokers: bool({ versions: "2+" })
  }
);
var DescribeClusterResponse = message(
  "DescribeClusterResponse",
  { versions: "0-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    endpointType: int8({ versions: "1+", default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: "0+", default: null }),
      isFenced: bool({ versions: "2+" })
    }),
    clusterAuthorizedOperations: int32({ default: -2147483648 })
  }
);

// src/protocol/messages/describe-producers.ts
var DescribeProducersRequest = message(
  "DescribeProducersRequest",
  { versions: "0", flexible: "0+" },
  {
    topics: array({
      name: string(),
      partitionIndexes: list(int32())
    })
  }
);
var DescribeProducersResponse = message(
  "DescribeProducersResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1 })
        })
      })
    })
  }
);

// src/protocol/messages/broker-registration.ts
var BrokerRegistrationRequest = message(
  "BrokerRegistrationRequest",
  { versions: "0-4", flexible: "0+" },
  {
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
      securityProtocol: int16()
    }),
    features: array({
      name: string({ mapKey: true }),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16()
    }),
    rack: string({ nullable: "0+" }),
    isMigratingZkBroker: bool({ versions: "1+" }),
    logDirs: list(uuid(), { versions: "2+", ignorable: true }),
    previousBrokerEpoch: int64({ versions: "3+", default: -1, ignorable: true })
  }
);
var BrokerRegistrationResponse = message(
  "BrokerRegistrationResponse",
  { versions: "0-4", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64({ default: -1 })
  }
);

// src/protocol/messages/broker-heartbeat.ts
var BrokerHeartbeatRequest = message(
  "BrokerHeartbeatRequest",
  { versions: "0-2", flexible: "0+" },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: list(uuid(), { versions: "1+", tag: 0 }),
    cordonedLogDirs: list(uuid(), { versions: "2+", nullable: "2+", tag: 1, default: null })
  }
);
var BrokerHeartbeatResponse = message(
  "BrokerHeartbeatResponse",
  { versions: "0-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool({ default: true }),
    shouldShutDown: bool()
  }
);

// src/protocol/messages/unregister-broker.ts
var UnregisterBrokerRequest = message(
  "UnregisterBrokerRequest",
  { versions: "0", flexible: "0+" },
  {
    brokerId: int32()
  }
);
var UnregisterBrokerResponse = message(
  "UnregisterBrokerResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" })
  }
);

// src/protocol/messages/describe-transactions.ts
var DescribeTransactionsRequest = message(
  "DescribeTransactionsRequest",
  { versions: "0", flexible: "0+" },
  {
    transactionalIds: list(string())
  }
);
var DescribeTransactionsResponse = message(
  "DescribeTransactionsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string({ mapKey: true }),
        partitions: list(int32())
      })
    })
  }
);

// src/protocol/messages/list-transactions.ts
var ListTransactionsRequest = message(
  "ListTransactionsRequest",
  { versions: "0-2", flexible: "0+" },
  {
    stateFilters: list(string()),
    producerIdFilters: list(int64()),
    durationFilter: int64({ versions: "1+", default: -1 }),
    transactionalIdPattern: string({ versions: "2+", nullable: "2+", default: null })
  }
);
var ListTransactionsResponse = message(
  "ListTransactionsResponse",
  { versions: "0-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: list(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string()
    })
  }
);

// src/protocol/messages/allocate-producer-ids.ts
var AllocateProducerIdsRequest = message(
  "AllocateProducerIdsRequest",
  { versions: "0", flexible: "0+" },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 })
  }
);
var AllocateProducerIdsResponse = message(
  "AllocateProducerIdsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32()
  }
);

// src/protocol/messages/consumer-group-heartbeat.ts
var ConsumerGroupHeartbeatRequest = message(
  "ConsumerGroupHeartbeatRequest",
  { versions: "0-1", flexible: "0+" },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: "0+", default: null }),
    rackId: string({ nullable: "0+", default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: list(string(), { nullable: "0+", default: null }),
    subscribedTopicRegex: string({ versions: "1+", nullable: "1+", default: null }),
    serverAssignor: string({ nullable: "0+", default: null }),
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: list(int32())
      },
      { nullable: "0+", default: null }
    )
  }
);
var ConsumerGroupHeartbeatResponseTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32())
});
var ConsumerGroupHeartbeatResponse = message(
  "ConsumerGroupHeartbeatResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    memberId: string({ nullable: "0+", default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: object(
      {
        topicPartitions: array(ConsumerGroupHeartbeatResponseTopicPartitions)
      },
      { nullable: "0+", default: null }
    )
  }
);

// src/protocol/messages/consumer-group-describe.ts
var ConsumerGroupDescribeRequest = message(
  "ConsumerGroupDescribeRequest",
  { versions: "0-1", flexible: "0+" },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool()
  }
);
var ConsumerGroupDescribeResponseTopicPartitions = struct({
  topicId: uuid(),
  topicName: string(),
  partitions: list(int32())
});
var ConsumerGroupDescribeResponseAssignment = struct({
  topicPartitions: array(ConsumerGroupDescribeResponseTopicPartitions)
});
var ConsumerGroupDescribeResponse = message(
  "ConsumerGroupDescribeResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: "0+", default: null }),
        rackId: string({ nullable: "0+", default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: list(string()),
        subscribedTopicRegex: string({ nullable: "0+", default: null }),
        assignment: object(ConsumerGroupDescribeResponseAssignment),
        targetAssignment: object(ConsumerGroupDescribeResponseAssignment),
        memberType: int8({ versions: "1+", default: -1, ignorable: true })
      }),
      authorizedOperations: int32({ default: -2147483648 })
    })
  }
);

// src/protocol/messages/controller-registration.ts
var ControllerRegistrationRequest = message(
  "ControllerRegistrationRequest",
  { versions: "0", flexible: "0+" },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
      securityProtocol: int16()
    }),
    features: array({
      name: string({ mapKey: true }),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16()
    })
  }
);
var ControllerRegistrationResponse = message(
  "ControllerRegistrationResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+" })
  }
);

// src/protocol/messages/get-telemetry-subscriptions.ts
var GetTelemetrySubscriptionsRequest = message(
  "GetTelemetrySubscriptionsRequest",
  { versions: "0", flexible: "0+" },
  {
    clientInstanceId: uuid()
  }
);
var GetTelemetrySubscriptionsResponse = message(
  "GetTelemetrySubscriptionsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: list(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: list(string())
  }
);

// src/protocol/messages/push-telemetry.ts
var PushTelemetryRequest = message(
  "PushTelemetryRequest",
  { versions: "0", flexible: "0+" },
  {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes()
  }
);
var PushTelemetryResponse = message(
  "PushTelemetryResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16()
  }
);

// src/protocol/messages/assign-replicas-to-dirs.ts
var AssignReplicasToDirsRequest = message(
  "AssignReplicasToDirsRequest",
  { versions: "0", flexible: "0+" },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32()
        })
      })
    })
  }
);
var AssignReplicasToDirsResponse = message(
  "AssignReplicasToDirsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16()
        })
      })
    })
  }
);

// src/protocol/messages/list-config-resources.ts
var ListConfigResourcesRequest = message(
  "ListConfigResourcesRequest",
  { versions: "0-1", flexible: "0+" },
  {
    resourceTypes: list(int8(), { versions: "1+" })
  }
);
var ListConfigResourcesResponse = message(
  "ListConfigResourcesResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: "1+", default: 16, ignorable: true })
    })
  }
);

// src/protocol/messages/describe-topic-partitions.ts
var DescribeTopicPartitionsRequest = message(
  "DescribeTopicPartitionsRequest",
  { versions: "0", flexible: "0+" },
  {
    topics: array({
      name: string()
    }),
    responsePartitionLimit: int32({ default: 2e3 }),
    cursor: object(
      {
        topicName: string(),
        partitionIndex: int32()
      },
      { nullable: "0+", default: null }
    )
  }
);
var DescribeTopicPartitionsResponse = message(
  "DescribeTopicPartitionsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: "0+", mapKey: true }),
      topicId: uuid({ ignorable: true }),
      isInternal: bool({ ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1, ignorable: true }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        eligibleLeaderReplicas: list(int32(), { nullable: "0+", default: null }),
        lastKnownElr: list(int32(), { nullable: "0+", default: null }),
        offlineReplicas: list(int32(), { ignorable: true })
      }),
      topicAuthorizedOperations: int32({ default: -2147483648 })
    }),
    nextCursor: object(
      {
        topicName: string(),
        partitionIndex: int32()
      },
      { nullable: "0+", default: null }
    )
  }
);

// src/protocol/messages/share-group-heartbeat.ts
var ShareGroupHeartbeatRequest = message(
  "ShareGroupHeartbeatRequest",
  { versions: "1", flexible: "0+" },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string({ nullable: "0+", default: null }),
    subscribedTopicNames: list(string(), { nullable: "0+", default: null })
  }
);
var ShareGroupHeartbeatResponseTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32())
});
var ShareGroupHeartbeatResponse = message(
  "ShareGroupHeartbeatResponse",
  { versions: "1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    memberId: string({ nullable: "0+", default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: object(
      {
        topicPartitions: array(ShareGroupHeartbeatResponseTopicPartitions)
      },
      { nullable: "0+", default: null }
    )
  }
);

// src/protocol/messages/share-group-describe.ts
var ShareGroupDescribeRequest = message(
  "ShareGroupDescribeRequest",
  { versions: "1", flexible: "0+" },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool()
  }
);
var ShareGroupDescribeResponseTopicPartitions = struct({
  topicId: uuid(),
  topicName: string(),
  partitions: list(int32())
});
var ShareGroupDescribeResponseAssignment = struct({
  topicPartitions: array(ShareGroupDescribeResponseTopicPartitions)
});
var ShareGroupDescribeResponse = message(
  "ShareGroupDescribeResponse",
  { versions: "1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        rackId: string({ nullable: "0+", default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: list(string()),
        assignment: object(ShareGroupDescribeResponseAssignment)
      }),
      authorizedOperations: int32({ default: -2147483648 })
    })
  }
);

// src/protocol/messages/share-fetch.ts
var ShareFetchRequest = message(
  "ShareFetchRequest",
  { versions: "1-2", flexible: "0+" },
  {
    groupId: string({ nullable: "0+", default: null }),
    memberId: string({ nullable: "0+" }),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    maxRecords: int32({ versions: "1+" }),
    batchSize: int32({ versions: "1+" }),
    shareAcquireMode: int8({ versions: "2+", ignorable: true }),
    isRenewAck: bool({ versions: "2+" }),
    topics: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        partitionMaxBytes: int32({ versions: "0" }),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: list(int8())
        })
      })
    }),
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: list(int32())
    })
  }
);
var ShareFetchResponse = message(
  "ShareFetchResponse",
  { versions: "1-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    acquisitionLockTimeoutMs: int32({ versions: "1+" }),
    responses: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: "0+", default: null }),
        currentLeader: object({
          leaderId: int32(),
          leaderEpoch: int32()
        }),
        records: records({ nullable: "0" }),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16()
        })
      })
    }),
    nodeEndpoints: array({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: "0+", default: null })
    })
  }
);

// src/protocol/messages/share-acknowledge.ts
var ShareAcknowledgeRequest = message(
  "ShareAcknowledgeRequest",
  { versions: "1-2", flexible: "0+" },
  {
    groupId: string({ nullable: "0+", default: null }),
    memberId: string({ nullable: "0+" }),
    shareSessionEpoch: int32(),
    isRenewAck: bool({ versions: "2+" }),
    topics: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: list(int8())
        })
      })
    })
  }
);
var ShareAcknowledgeResponse = message(
  "ShareAcknowledgeResponse",
  { versions: "1-2", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    acquisitionLockTimeoutMs: int32({ versions: "2+", ignorable: true }),
    responses: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        currentLeader: object({
          leaderId: int32(),
          leaderEpoch: int32()
        })
      })
    }),
    nodeEndpoints: array({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: "0+", default: null })
    })
  }
);

// src/protocol/messages/add-raft-voter.ts
var AddRaftVoterRequest = message(
  "AddRaftVoterRequest",
  { versions: "0-1", flexible: "0+" },
  {
    clusterId: string({ nullable: "0+" }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16()
    }),
    ackWhenCommitted: bool({ versions: "1+", default: true })
  }
);
var AddRaftVoterResponse = message(
  "AddRaftVoterResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", ignorable: true })
  }
);

// src/protocol/messages/remove-raft-voter.ts
var RemoveRaftVoterRequest = message(
  "RemoveRaftVoterRequest",
  { versions: "0", flexible: "0+" },
  {
    clusterId: string({ nullable: "0+" }),
    voterId: int32(),
    voterDirectoryId: uuid()
  }
);
var RemoveRaftVoterResponse = message(
  "RemoveRaftVoterResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", ignorable: true })
  }
);

// src/protocol/messages/update-raft-voter.ts
var UpdateRaftVoterRequest = message(
  "UpdateRaftVoterRequest",
  { versions: "0", flexible: "0+" },
  {
    clusterId: string({ nullable: "0+" }),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16()
    }),
    kRaftVersionFeature: object({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16()
    })
  }
);
var UpdateRaftVoterResponse = message(
  "UpdateRaftVoterResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: object(
      {
        leaderId: int32({ default: -1 }),
        leaderEpoch: int32({ default: -1 }),
        host: string(),
        port: int32()
      },
      { tag: 0 }
    )
  }
);

// src/protocol/messages/initialize-share-group-state.ts
var InitializeShareGroupStateRequest = message(
  "InitializeShareGroupStateRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: int64()
      })
    })
  }
);
var InitializeShareGroupStateResponse = message(
  "InitializeShareGroupStateResponse",
  { versions: "0", flexible: "0+" },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null })
      })
    })
  }
);

// src/protocol/messages/read-share-group-state.ts
var ReadShareGroupStateRequest = message(
  "ReadShareGroupStateRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32()
      })
    })
  }
);
var ReadShareGroupStateResponse = message(
  "ReadShareGroupStateResponse",
  { versions: "0", flexible: "0+" },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        stateEpoch: int32(),
        startOffset: int64(),
        stateBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryState: int8(),
          deliveryCount: int16()
        })
      })
    })
  }
);

// src/protocol/messages/write-share-group-state.ts
var WriteShareGroupStateRequest = message(
  "WriteShareGroupStateRequest",
  { versions: "0-1", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: "1+", default: -1, ignorable: true }),
        stateBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryState: int8(),
          deliveryCount: int16()
        })
      })
    })
  }
);
var WriteShareGroupStateResponse = message(
  "WriteShareGroupStateResponse",
  { versions: "0-1", flexible: "0+" },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null })
      })
    })
  }
);

// src/protocol/messages/delete-share-group-state.ts
var DeleteShareGroupStateRequest = message(
  "DeleteShareGroupStateRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32()
      })
    })
  }
);
var DeleteShareGroupStateResponse = message(
  "DeleteShareGroupStateResponse",
  { versions: "0", flexible: "0+" },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null })
      })
    })
  }
);

// src/protocol/messages/read-share-group-state-summary.ts
var ReadShareGroupStateSummaryRequest = message(
  "ReadShareGroupStateSummaryRequest",
  { versions: "0-1", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32()
      })
    })
  }
);
var ReadShareGroupStateSummaryResponse = message(
  "ReadShareGroupStateSummaryResponse",
  { versions: "0-1", flexible: "0+" },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null }),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: "1+", default: -1, ignorable: true })
      })
    })
  }
);

// src/protocol/messages/streams-group-heartbeat.ts
var StreamsGroupHeartbeatRequestKeyValue = struct({
  key: string(),
  value: string()
});
var StreamsGroupHeartbeatRequestTopicInfo = struct({
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(StreamsGroupHeartbeatRequestKeyValue)
});
var StreamsGroupHeartbeatRequestTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32())
});
var StreamsGroupHeartbeatRequestEndpoint = struct({
  host: string(),
  port: uint16()
});
var StreamsGroupHeartbeatRequestTaskOffset = struct({
  subtopologyId: string(),
  partition: int32(),
  offset: int64()
});
var StreamsGroupHeartbeatRequest = message(
  "StreamsGroupHeartbeatRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: "0+", default: null }),
    rackId: string({ nullable: "0+", default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: object(
      {
        epoch: int32(),
        subtopologies: array({
          subtopologyId: string(),
          sourceTopics: list(string()),
          sourceTopicRegex: list(string()),
          stateChangelogTopics: array(StreamsGroupHeartbeatRequestTopicInfo),
          repartitionSinkTopics: list(string()),
          repartitionSourceTopics: array(StreamsGroupHeartbeatRequestTopicInfo),
          copartitionGroups: array({
            sourceTopics: list(int16()),
            sourceTopicRegex: list(int16()),
            repartitionSourceTopics: list(int16())
          })
        })
      },
      { nullable: "0+", default: null }
    ),
    activeTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: "0+", default: null }),
    standbyTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: "0+", default: null }),
    warmupTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: "0+", default: null }),
    processId: string({ nullable: "0+", default: null }),
    userEndpoint: object(StreamsGroupHeartbeatRequestEndpoint, { nullable: "0+", default: null }),
    clientTags: array(StreamsGroupHeartbeatRequestKeyValue, { nullable: "0+", default: null }),
    taskOffsets: array(StreamsGroupHeartbeatRequestTaskOffset, { nullable: "0+", default: null }),
    taskEndOffsets: array(StreamsGroupHeartbeatRequestTaskOffset, { nullable: "0+", default: null }),
    shutdownApplication: bool()
  }
);
var StreamsGroupHeartbeatResponseStatus = struct({
  statusCode: int8(),
  statusDetail: string()
});
var StreamsGroupHeartbeatResponseTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32())
});
var StreamsGroupHeartbeatResponseEndpoint = struct({
  host: string(),
  port: uint16()
});
var StreamsGroupHeartbeatResponseTopicPartition = struct({
  topic: string(),
  partitions: list(int32())
});
var StreamsGroupHeartbeatResponse = message(
  "StreamsGroupHeartbeatResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(StreamsGroupHeartbeatResponseStatus, { nullable: "0+" }),
    activeTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: "0+", default: null }),
    standbyTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: "0+", default: null }),
    warmupTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: "0+", default: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: object(StreamsGroupHeartbeatResponseEndpoint),
        activePartitions: array(StreamsGroupHeartbeatResponseTopicPartition),
        standbyPartitions: array(StreamsGroupHeartbeatResponseTopicPartition)
      },
      { nullable: "0+", default: null }
    )
  }
);

// src/protocol/messages/streams-group-describe.ts
var StreamsGroupDescribeRequest = message(
  "StreamsGroupDescribeRequest",
  { versions: "0", flexible: "0+" },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool()
  }
);
var StreamsGroupDescribeResponseKeyValue = struct({
  key: string(),
  value: string()
});
var StreamsGroupDescribeResponseTopicInfo = struct({
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(StreamsGroupDescribeResponseKeyValue)
});
var StreamsGroupDescribeResponseEndpoint = struct({
  host: string(),
  port: uint16()
});
var StreamsGroupDescribeResponseTaskOffset = struct({
  subtopologyId: string(),
  partition: int32(),
  offset: int64()
});
var StreamsGroupDescribeResponseTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32())
});
var StreamsGroupDescribeResponseAssignment = struct({
  activeTasks: array(StreamsGroupDescribeResponseTaskIds),
  standbyTasks: array(StreamsGroupDescribeResponseTaskIds),
  warmupTasks: array(StreamsGroupDescribeResponseTaskIds)
});
var StreamsGroupDescribeResponse = message(
  "StreamsGroupDescribeResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: object(
        {
          epoch: int32(),
          subtopologies: array(
            {
              subtopologyId: string(),
              sourceTopics: list(string()),
              repartitionSinkTopics: list(string()),
              stateChangelogTopics: array(StreamsGroupDescribeResponseTopicInfo),
              repartitionSourceTopics: array(StreamsGroupDescribeResponseTopicInfo)
            },
            { nullable: "0+", default: null }
          )
        },
        { nullable: "0+", default: null }
      ),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string({ nullable: "0+", default: null }),
        rackId: string({ nullable: "0+", default: null }),
        clientId: string(),
        clientHost: string(),
        topologyEpoch: int32(),
        processId: string(),
        userEndpoint: object(StreamsGroupDescribeResponseEndpoint, { nullable: "0+", default: null }),
        clientTags: array(StreamsGroupDescribeResponseKeyValue),
        taskOffsets: array(StreamsGroupDescribeResponseTaskOffset),
        taskEndOffsets: array(StreamsGroupDescribeResponseTaskOffset),
        assignment: object(StreamsGroupDescribeResponseAssignment),
        targetAssignment: object(StreamsGroupDescribeResponseAssignment),
        isClassic: bool()
      }),
      authorizedOperations: int32({ default: -2147483648 })
    })
  }
);

// src/protocol/messages/describe-share-group-offsets.ts
var DescribeShareGroupOffsetsRequest = message(
  "DescribeShareGroupOffsetsRequest",
  { versions: "0-1", flexible: "0+" },
  {
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: list(int32())
        },
        { nullable: "0+" }
      )
    })
  }
);
var DescribeShareGroupOffsetsResponse = message(
  "DescribeShareGroupOffsetsResponse",
  { versions: "0-1", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64({ versions: "1+", default: -1, ignorable: true }),
          errorCode: int16(),
          errorMessage: string({ nullable: "0+", default: null })
        })
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null })
    })
  }
);

// src/protocol/messages/alter-share-group-offsets.ts
var AlterShareGroupOffsetsRequest = message(
  "AlterShareGroupOffsetsRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicName: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64()
      })
    })
  }
);
var AlterShareGroupOffsetsResponse = message(
  "AlterShareGroupOffsetsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    responses: array({
      topicName: string({ mapKey: true }),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: "0+", default: null })
      })
    })
  }
);

// src/protocol/messages/delete-share-group-offsets.ts
var DeleteShareGroupOffsetsRequest = message(
  "DeleteShareGroupOffsetsRequest",
  { versions: "0", flexible: "0+" },
  {
    groupId: string(),
    topics: array({
      topicName: string()
    })
  }
);
var DeleteShareGroupOffsetsResponse = message(
  "DeleteShareGroupOffsetsResponse",
  { versions: "0", flexible: "0+" },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: "0+", default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: "0+", default: null })
    })
  }
);

// src/protocol/apis.ts
function api(entry) {
  return entry;
}
var apis = {
  Produce: api({
    key: 0,
    request: ProduceRequest,
    response: ProduceResponse,
    min: 3,
    max: 13,
    maxUnstable: 13,
    requestHeaderV2From: 9,
    responseHeaderV1From: 9,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  Fetch: api({
    key: 1,
    request: FetchRequest,
    response: FetchResponse,
    min: 4,
    max: 18,
    maxUnstable: 18,
    requestHeaderV2From: 12,
    responseHeaderV1From: 12,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  ListOffsets: api({
    key: 2,
    request: ListOffsetsRequest,
    response: ListOffsetsResponse,
    min: 1,
    max: 11,
    maxUnstable: 11,
    requestHeaderV2From: 6,
    responseHeaderV1From: 6,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  Metadata: api({
    key: 3,
    request: MetadataRequest,
    response: MetadataResponse,
    min: 0,
    max: 13,
    maxUnstable: 13,
    requestHeaderV2From: 9,
    responseHeaderV1From: 9,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  OffsetCommit: api({
    key: 8,
    request: OffsetCommitRequest,
    response: OffsetCommitResponse,
    min: 2,
    max: 10,
    maxUnstable: 10,
    requestHeaderV2From: 8,
    responseHeaderV1From: 8,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  OffsetFetch: api({
    key: 9,
    request: OffsetFetchRequest,
    response: OffsetFetchResponse,
    min: 1,
    max: 10,
    maxUnstable: 10,
    requestHeaderV2From: 6,
    responseHeaderV1From: 6,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  FindCoordinator: api({
    key: 10,
    request: FindCoordinatorRequest,
    response: FindCoordinatorResponse,
    min: 0,
    max: 6,
    maxUnstable: 6,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  JoinGroup: api({
    key: 11,
    request: JoinGroupRequest,
    response: JoinGroupResponse,
    min: 0,
    max: 9,
    maxUnstable: 9,
    requestHeaderV2From: 6,
    responseHeaderV1From: 6,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  Heartbeat: api({
    key: 12,
    request: HeartbeatRequest,
    response: HeartbeatResponse,
    min: 0,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  LeaveGroup: api({
    key: 13,
    request: LeaveGroupRequest,
    response: LeaveGroupResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  SyncGroup: api({
    key: 14,
    request: SyncGroupRequest,
    response: SyncGroupResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeGroups: api({
    key: 15,
    request: DescribeGroupsRequest,
    response: DescribeGroupsResponse,
    min: 0,
    max: 6,
    maxUnstable: 6,
    requestHeaderV2From: 5,
    responseHeaderV1From: 5,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ListGroups: api({
    key: 16,
    request: ListGroupsRequest,
    response: ListGroupsResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  SaslHandshake: api({
    key: 17,
    request: SaslHandshakeRequest,
    response: SaslHandshakeResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: null,
    responseHeaderV1From: null,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  ApiVersions: api({
    key: 18,
    request: ApiVersionsRequest,
    response: ApiVersionsResponse,
    min: 0,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 3,
    responseHeaderV1From: null,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  CreateTopics: api({
    key: 19,
    request: CreateTopicsRequest,
    response: CreateTopicsResponse,
    min: 2,
    max: 7,
    maxUnstable: 7,
    requestHeaderV2From: 5,
    responseHeaderV1From: 5,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DeleteTopics: api({
    key: 20,
    request: DeleteTopicsRequest,
    response: DeleteTopicsResponse,
    min: 1,
    max: 6,
    maxUnstable: 6,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DeleteRecords: api({
    key: 21,
    request: DeleteRecordsRequest,
    response: DeleteRecordsResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  InitProducerId: api({
    key: 22,
    request: InitProducerIdRequest,
    response: InitProducerIdResponse,
    min: 0,
    max: 5,
    maxUnstable: 6,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  OffsetForLeaderEpoch: api({
    key: 23,
    request: OffsetForLeaderEpochRequest,
    response: OffsetForLeaderEpochResponse,
    min: 2,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AddPartitionsToTxn: api({
    key: 24,
    request: AddPartitionsToTxnRequest,
    response: AddPartitionsToTxnResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AddOffsetsToTxn: api({
    key: 25,
    request: AddOffsetsToTxnRequest,
    response: AddOffsetsToTxnResponse,
    min: 0,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  EndTxn: api({
    key: 26,
    request: EndTxnRequest,
    response: EndTxnResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  WriteTxnMarkers: api({
    key: 27,
    request: WriteTxnMarkersRequest,
    response: WriteTxnMarkersResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  TxnOffsetCommit: api({
    key: 28,
    request: TxnOffsetCommitRequest,
    response: TxnOffsetCommitResponse,
    min: 0,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 3,
    responseHeaderV1From: 3,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeAcls: api({
    key: 29,
    request: DescribeAclsRequest,
    response: DescribeAclsResponse,
    min: 1,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  CreateAcls: api({
    key: 30,
    request: CreateAclsRequest,
    response: CreateAclsResponse,
    min: 1,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DeleteAcls: api({
    key: 31,
    request: DeleteAclsRequest,
    response: DeleteAclsResponse,
    min: 1,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DescribeConfigs: api({
    key: 32,
    request: DescribeConfigsRequest,
    response: DescribeConfigsResponse,
    min: 1,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 4,
    responseHeaderV1From: 4,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  AlterConfigs: api({
    key: 33,
    request: AlterConfigsRequest,
    response: AlterConfigsResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  AlterReplicaLogDirs: api({
    key: 34,
    request: AlterReplicaLogDirsRequest,
    response: AlterReplicaLogDirsResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeLogDirs: api({
    key: 35,
    request: DescribeLogDirsRequest,
    response: DescribeLogDirsResponse,
    min: 1,
    max: 5,
    maxUnstable: 5,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  SaslAuthenticate: api({
    key: 36,
    request: SaslAuthenticateRequest,
    response: SaslAuthenticateResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  CreatePartitions: api({
    key: 37,
    request: CreatePartitionsRequest,
    response: CreatePartitionsResponse,
    min: 0,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  CreateDelegationToken: api({
    key: 38,
    request: CreateDelegationTokenRequest,
    response: CreateDelegationTokenResponse,
    min: 1,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  RenewDelegationToken: api({
    key: 39,
    request: RenewDelegationTokenRequest,
    response: RenewDelegationTokenResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  ExpireDelegationToken: api({
    key: 40,
    request: ExpireDelegationTokenRequest,
    response: ExpireDelegationTokenResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DescribeDelegationToken: api({
    key: 41,
    request: DescribeDelegationTokenRequest,
    response: DescribeDelegationTokenResponse,
    min: 1,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  DeleteGroups: api({
    key: 42,
    request: DeleteGroupsRequest,
    response: DeleteGroupsResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ElectLeaders: api({
    key: 43,
    request: ElectLeadersRequest,
    response: ElectLeadersResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  IncrementalAlterConfigs: api({
    key: 44,
    request: IncrementalAlterConfigsRequest,
    response: IncrementalAlterConfigsResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  AlterPartitionReassignments: api({
    key: 45,
    request: AlterPartitionReassignmentsRequest,
    response: AlterPartitionReassignmentsResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  ListPartitionReassignments: api({
    key: 46,
    request: ListPartitionReassignmentsRequest,
    response: ListPartitionReassignmentsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  OffsetDelete: api({
    key: 47,
    request: OffsetDeleteRequest,
    response: OffsetDeleteResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: null,
    responseHeaderV1From: null,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeClientQuotas: api({
    key: 48,
    request: DescribeClientQuotasRequest,
    response: DescribeClientQuotasResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AlterClientQuotas: api({
    key: 49,
    request: AlterClientQuotasRequest,
    response: AlterClientQuotasResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DescribeUserScramCredentials: api({
    key: 50,
    request: DescribeUserScramCredentialsRequest,
    response: DescribeUserScramCredentialsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  AlterUserScramCredentials: api({
    key: 51,
    request: AlterUserScramCredentialsRequest,
    response: AlterUserScramCredentialsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  Vote: api({
    key: 52,
    request: VoteRequest,
    response: VoteResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  BeginQuorumEpoch: api({
    key: 53,
    request: BeginQuorumEpochRequest,
    response: BeginQuorumEpochResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  EndQuorumEpoch: api({
    key: 54,
    request: EndQuorumEpochRequest,
    response: EndQuorumEpochResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  DescribeQuorum: api({
    key: 55,
    request: DescribeQuorumRequest,
    response: DescribeQuorumResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: true,
    forwardable: true
  }),
  AlterPartition: api({
    key: 56,
    request: AlterPartitionRequest,
    response: AlterPartitionResponse,
    min: 2,
    max: 3,
    maxUnstable: 3,
    requestHeaderV2From: 2,
    responseHeaderV1From: 2,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  UpdateFeatures: api({
    key: 57,
    request: UpdateFeaturesRequest,
    response: UpdateFeaturesResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: true,
    forwardable: true
  }),
  Envelope: api({
    key: 58,
    request: EnvelopeRequest,
    response: EnvelopeResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  FetchSnapshot: api({
    key: 59,
    request: FetchSnapshotRequest,
    response: FetchSnapshotResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeCluster: api({
    key: 60,
    request: DescribeClusterRequest,
    response: DescribeClusterResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeProducers: api({
    key: 61,
    request: DescribeProducersRequest,
    response: DescribeProducersResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  BrokerRegistration: api({
    key: 62,
    request: BrokerRegistrationRequest,
    response: BrokerRegistrationResponse,
    min: 0,
    max: 4,
    maxUnstable: 4,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  BrokerHeartbeat: api({
    key: 63,
    request: BrokerHeartbeatRequest,
    response: BrokerHeartbeatResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: false
  }),
  UnregisterBroker: api({
    key: 64,
    request: UnregisterBrokerRequest,
    response: UnregisterBrokerResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  DescribeTransactions: api({
    key: 65,
    request: DescribeTransactionsRequest,
    response: DescribeTransactionsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ListTransactions: api({
    key: 66,
    request: ListTransactionsRequest,
    response: ListTransactionsResponse,
    min: 0,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AllocateProducerIds: api({
    key: 67,
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: true,
    forwardable: true
  }),
  ConsumerGroupHeartbeat: api({
    key: 68,
    request: ConsumerGroupHeartbeatRequest,
    response: ConsumerGroupHeartbeatResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ConsumerGroupDescribe: api({
    key: 69,
    request: ConsumerGroupDescribeRequest,
    response: ConsumerGroupDescribeResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ControllerRegistration: api({
    key: 70,
    request: ControllerRegistrationRequest,
    response: ControllerRegistrationResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: false,
    forwardable: false
  }),
  GetTelemetrySubscriptions: api({
    key: 71,
    request: GetTelemetrySubscriptionsRequest,
    response: GetTelemetrySubscriptionsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  PushTelemetry: api({
    key: 72,
    request: PushTelemetryRequest,
    response: PushTelemetryResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AssignReplicasToDirs: api({
    key: 73,
    request: AssignReplicasToDirsRequest,
    response: AssignReplicasToDirsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: false,
    forwardable: false
  }),
  ListConfigResources: api({
    key: 74,
    request: ListConfigResourcesRequest,
    response: ListConfigResourcesResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeTopicPartitions: api({
    key: 75,
    request: DescribeTopicPartitionsRequest,
    response: DescribeTopicPartitionsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ShareGroupHeartbeat: api({
    key: 76,
    request: ShareGroupHeartbeatRequest,
    response: ShareGroupHeartbeatResponse,
    min: 1,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ShareGroupDescribe: api({
    key: 77,
    request: ShareGroupDescribeRequest,
    response: ShareGroupDescribeResponse,
    min: 1,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ShareFetch: api({
    key: 78,
    request: ShareFetchRequest,
    response: ShareFetchResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  ShareAcknowledge: api({
    key: 79,
    request: ShareAcknowledgeRequest,
    response: ShareAcknowledgeResponse,
    min: 1,
    max: 2,
    maxUnstable: 2,
    requestHeaderV2From: 1,
    responseHeaderV1From: 1,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AddRaftVoter: api({
    key: 80,
    request: AddRaftVoterRequest,
    response: AddRaftVoterResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  RemoveRaftVoter: api({
    key: 81,
    request: RemoveRaftVoterRequest,
    response: RemoveRaftVoterResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker", "controller"],
    clusterAction: false,
    forwardable: true
  }),
  UpdateRaftVoter: api({
    key: 82,
    request: UpdateRaftVoterRequest,
    response: UpdateRaftVoterResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["controller"],
    clusterAction: false,
    forwardable: false
  }),
  InitializeShareGroupState: api({
    key: 83,
    request: InitializeShareGroupStateRequest,
    response: InitializeShareGroupStateResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  ReadShareGroupState: api({
    key: 84,
    request: ReadShareGroupStateRequest,
    response: ReadShareGroupStateResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  WriteShareGroupState: api({
    key: 85,
    request: WriteShareGroupStateRequest,
    response: WriteShareGroupStateResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  DeleteShareGroupState: api({
    key: 86,
    request: DeleteShareGroupStateRequest,
    response: DeleteShareGroupStateResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  ReadShareGroupStateSummary: api({
    key: 87,
    request: ReadShareGroupStateSummaryRequest,
    response: ReadShareGroupStateSummaryResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: true,
    forwardable: false
  }),
  StreamsGroupHeartbeat: api({
    key: 88,
    request: StreamsGroupHeartbeatRequest,
    response: StreamsGroupHeartbeatResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  StreamsGroupDescribe: api({
    key: 89,
    request: StreamsGroupDescribeRequest,
    response: StreamsGroupDescribeResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DescribeShareGroupOffsets: api({
    key: 90,
    request: DescribeShareGroupOffsetsRequest,
    response: DescribeShareGroupOffsetsResponse,
    min: 0,
    max: 1,
    maxUnstable: 1,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  AlterShareGroupOffsets: api({
    key: 91,
    request: AlterShareGroupOffsetsRequest,
    response: AlterShareGroupOffsetsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  }),
  DeleteShareGroupOffsets: api({
    key: 92,
    request: DeleteShareGroupOffsetsRequest,
    response: DeleteShareGroupOffsetsResponse,
    min: 0,
    max: 0,
    maxUnstable: 0,
    requestHeaderV2From: 0,
    responseHeaderV1From: 0,
    listeners: ["broker"],
    clusterAction: false,
    forwardable: false
  })
};
var apiNames = Object.keys(apis);
var nameByKey = new Map(apiNames.map((name) => [apis[name].key, name]));
function apiNameOf(key2) {
  return nameByKey.get(key2);
}
function requestHeaderVersion(name, version) {
  const from = apis[name].requestHeaderV2From;
  return from !== null && version >= from ? 2 : 1;
}
function responseHeaderVersion(name, version) {
  const from = apis[name].responseHeaderV1From;
  return from !== null && version >= from ? 1 : 0;
}

// src/protocol/compile-encode.ts
function encoderSource(plan, version) {
  return new EncoderSource(version).of(plan);
}
function literal(value) {
  if (value === null) return "null";
  if (typeof value === "bigint") return `${value}n`;
  if (Buffer.isBuffer(value)) return "EMPTY_BYTES";
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([name, inner]) => `${name}:${literal(inner)}`).join(",")}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
var EncoderSource = class {
  #version;
  #names = 0;
  #lines = [];
  constructor(version) {
    this.#version = version;
  }
  of(plan) {
    this.#lines = ["let b = sink.buffer, n = b.length"];
    this.#struct(plan, "value", false);
    this.#lines.push("return p");
    return this.#lines.join("\n");
  }
  #name(prefix) {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
  #emit(...lines) {
    this.#lines.push(...lines);
  }
  #ensure(size) {
    this.#emit(`if (p + ${size} > n) { sink.grow(p, ${size}); b = sink.buffer; n = b.length }`);
  }
  /** A call that may have changed the buffer. */
  #moved(call) {
    this.#emit(`p = ${call}; b = sink.buffer; n = b.length`);
  }
  #struct(plan, value, inTag) {
    let run2 = [];
    const flush = () => {
      this.#fixedRun(run2, value);
      run2 = [];
    };
    for (const slot of plan.slots) {
      if (slot.where === "absent") this.#absent(slot, value);
      if (slot.where !== "body") continue;
      if (slot.type.kind === "fixed") {
        run2.push(slot);
        continue;
      }
      flush();
      const name = this.#name("v");
      this.#emit(`let ${name} = ${value}.${slot.name}`);
      this.#emit(
        `if (${name} === undefined) ${name} = ${slot.type.kind === "struct" && slot.default !== null ? "{}" : literal(slot.default)}`
      );
      this.#variable(slot, name, inTag);
    }
    flush();
    if (plan.flexible) this.#tagSection(plan, value);
  }
  #fixedRun(run2, value) {
    if (run2.length === 0) return;
    const size = run2.reduce((sum, slot) => sum + (slot.type.kind === "fixed" ? slot.type.size : 0), 0);
    this.#ensure(size);
    let offset = 0;
    for (const slot of run2) {
      if (slot.type.kind !== "fixed") continue;
      const name = this.#name("v");
      this.#emit(`let ${name} = ${value}.${slot.name}`);
      this.#emit(`if (${name} === undefined) ${name} = ${literal(slot.default)}`);
      this.#emit(...this.#fixed(slot.type.name, name, offset, slot.path));
      offset += slot.type.size;
    }
    this.#emit(`p += ${size}`);
  }
  #fixed(type, x, offset, path) {
    const at = offset === 0 ? "p" : `p + ${offset}`;
    const check = (wrong) => `if (${wrong}) badValue(${JSON.stringify(path)}, '${type}', ${x})`;
    const byte = (i, shift) => `b[p + ${offset + i}] = ${shift === 0 ? x : `${x} >>> ${shift}`}`;
    const two = [byte(0, 8), byte(1, 0)].join("; ");
    const four = [byte(0, 24), byte(1, 16), byte(2, 8), byte(3, 0)].join("; ");
    switch (type) {
      case "bool":
        return [check(`${x} !== true && ${x} !== false`), `b[${at}] = ${x} ? 1 : 0`];
      case "int8":
        return [check(`${x} !== (${x} << 24 >> 24)`), `b[${at}] = ${x}`];
      case "int16":
        return [check(`${x} !== (${x} << 16 >> 16)`), two];
      case "uint16":
        return [check(`${x} !== (${x} & 65535)`), two];
      case "int32":
        return [check(`${x} !== (${x} | 0)`), four];
      case "uint32":
        return [check(`${x} !== (${x} >>> 0)`), four];
      case "int64":
        return [check(`${x} !== Math.floor(${x})`), `putInt64(b, ${at}, ${x})`];
      case "int64Exact":
        return [check(`typeof ${x} !== 'bigint'`), `b.writeBigInt64BE(${x}, ${at})`];
      case "float64":
        return [check(`typeof ${x} !== 'number'`), `b.writeDoubleBE(${x}, ${at})`];
      case "uuid":
        return [check(`typeof ${x} !== 'string'`), `putUuid(b, ${at}, ${x})`];
    }
  }
  /** A value of changing size, null included. */
  #variable(slot, x, inTag) {
    this.#emit(`if (${x} === null) {`);
    if (!slot.nullable) this.#emit(`badNull(${JSON.stringify(slot.path)}, ${slot.everNullable}, ${this.#version})`);
    else if (slot.type.kind === "struct") {
      this.#ensure(1);
      this.#emit(`b[p++] = ${slot.where === "tag" ? 0 : 255}`);
    } else if (slot.type.kind === "text" && !slot.compact) {
      this.#ensure(2);
      this.#emit("b[p++] = 255; b[p++] = 255");
    } else this.#moved(`sink.length(p, -1, ${slot.compact})`);
    this.#emit("} else {");
    if (slot.nullable && slot.type.kind === "struct") {
      this.#ensure(1);
      this.#emit("b[p++] = 1");
    }
    this.#value(slot.type, x, slot, inTag);
    this.#emit("}");
  }
  #value(type, x, slot, inTag) {
    const path = JSON.stringify(slot.path);
    switch (type.kind) {
      case "fixed":
        this.#ensure(type.size);
        this.#emit(...this.#fixed(type.name, x, 0, slot.path));
        this.#emit(`p += ${type.size}`);
        return;
      case "text":
        this.#emit(`if (typeof ${x} !== 'string') badValue(${path}, 'string', ${x})`);
        this.#moved(`sink.${slot.compact ? "compactText" : "classicText"}(p, ${x})`);
        return;
      case "bytes":
        this.#moved(`sink.bytes(p, ${x}, ${slot.compact}, ${inTag})`);
        return;
      case "struct":
        this.#struct(type.struct, x, inTag);
        return;
      case "array": {
        const i = this.#name("i");
        const item = this.#name("v");
        this.#emit(`if (!Array.isArray(${x})) badValue(${path}, 'array', ${x})`);
        this.#moved(`sink.length(p, ${x}.length, ${slot.compact})`);
        if (type.element.kind === "fixed") {
          const { size, name } = type.element;
          this.#emit(
            `if (p + ${x}.length * ${size} > n) { sink.grow(p, ${x}.length * ${size}); b = sink.buffer; n = b.length }`
          );
          this.#emit(`for (let ${i} = 0; ${i} < ${x}.length; ${i}++) { const ${item} = ${x}[${i}]`);
          this.#emit(...this.#fixed(name, item, 0, slot.path));
          this.#emit(`p += ${size} }`);
          return;
        }
        this.#emit(`for (let ${i} = 0; ${i} < ${x}.length; ${i}++) { const ${item} = ${x}[${i}]`);
        this.#value(type.element, item, slot, inTag);
        this.#emit("}");
        return;
      }
    }
  }
  #absent(slot, value) {
    if (slot.ignorable) return;
    const given = `${value}.${slot.name}`;
    this.#emit(`if (${this.#differs(slot, given)}) cannotCarry(${JSON.stringify(slot.path)}, ${this.#version})`);
  }
  #tagSection(plan, value) {
    if (plan.tagged.length === 0) {
      this.#ensure(1);
      this.#emit("b[p++] = 0");
      return;
    }
    const flags = plan.tagged.map(() => this.#name("t"));
    plan.tagged.forEach((slot, i) => {
      this.#emit(`const ${flags[i]} = ${this.#differs(slot, `${value}.${slot.name}`)}`);
    });
    this.#ensure(1);
    this.#emit(`b[p++] = ${flags.map((flag) => `(${flag} ? 1 : 0)`).join(" + ")}`);
    plan.tagged.forEach((slot, i) => {
      const start = this.#name("s");
      const name = this.#name("v");
      this.#emit(`if (${flags[i]}) {`);
      this.#moved(`sink.varint(p, ${slot.tag})`);
      this.#ensure(1);
      this.#emit(`const ${start} = p++`, `const ${name} = ${value}.${slot.name}`);
      if (slot.type.kind === "fixed") this.#value(slot.type, name, slot, true);
      else this.#variable(slot, name, true);
      this.#moved(`sink.closeTag(${start}, p)`);
      this.#emit("}");
    });
  }
  /** An expression: the value is given and is not the default. */
  #differs(slot, x) {
    if (slot.default === null) return `(${x} !== undefined && ${x} !== null)`;
    switch (slot.type.kind) {
      case "array":
        return `(${x} !== undefined && (${x} === null || ${x}.length !== 0))`;
      case "bytes":
        return `(${x} !== undefined && (${x} === null || sizeOfBytes(${x}) !== 0))`;
      case "struct": {
        const inner = slot.type.struct.slots.map((field) => this.#differs(field, `${x}.${field.name}`));
        return `(${x} !== undefined && (${x} === null || ${inner.join(" || ") || "false"}))`;
      }
      default:
        return `(${x} !== undefined && ${x} !== ${literal(slot.default)})`;
    }
  }
};

// src/protocol/compile-decode.ts
function decoderSource(plan) {
  return new DecoderSource().of(plan);
}
var DecoderSource = class {
  #names = 0;
  #lines = [];
  of(plan) {
    const value = this.#struct(plan);
    this.#emit(`const value = ${value}`, "source.end = p", "return value");
    return this.#lines.join("\n");
  }
  #name(prefix) {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
  #emit(...lines) {
    this.#lines.push(...lines);
  }
  #need(size) {
    this.#emit(typeof size === "number" ? `if (p + ${size} > e) endsEarly(p)` : `if (${size} > e - p) endsEarly(p)`);
  }
  /** Reads an unsigned varint into a new variable. */
  #varint() {
    const name = this.#name("l");
    this.#need(1);
    this.#emit(`let ${name} = b[p]`);
    this.#emit(`if (${name} < 128) p++; else { ${name} = source.varint(b, p, e); p = source.end }`);
    return name;
  }
  /** Emits the reads of a struct and returns the expression that builds it. */
  #struct(plan) {
    const values = /* @__PURE__ */ new Map();
    let run2 = [];
    const flush = () => {
      this.#fixedRun(run2, values);
      run2 = [];
    };
    for (const slot of plan.slots) {
      if (slot.where !== "body") continue;
      if (slot.type.kind === "fixed") {
        run2.push(slot);
        continue;
      }
      flush();
      const name = this.#name("v");
      this.#emit(`let ${name}`);
      this.#variable(slot, name);
      values.set(slot, name);
    }
    flush();
    for (const slot of plan.tagged) {
      const name = this.#name("v");
      this.#emit(`let ${name}`);
      values.set(slot, name);
    }
    if (plan.flexible) this.#tagSection(plan, values);
    for (const slot of plan.tagged) {
      const name = values.get(slot);
      this.#emit(`if (${name} === undefined) ${name} = ${literal(slot.default)}`);
    }
    return `{${plan.slots.map((slot) => `${slot.name}: ${values.get(slot) ?? literal(slot.default)}`).join(", ")}}`;
  }
  #fixedRun(run2, values) {
    if (run2.length === 0) return;
    const size = run2.reduce((sum, slot) => sum + (slot.type.kind === "fixed" ? slot.type.size : 0), 0);
    this.#need(size);
    let offset = 0;
    for (const slot of run2) {
      if (slot.type.kind !== "fixed") continue;
      const name = this.#name("v");
      this.#emit(`const ${name} = ${this.#fixed(slot.type.name, offset)}`);
      values.set(slot, name);
      offset += slot.type.size;
    }
    this.#emit(`p += ${size}`);
  }
  #fixed(type, offset) {
    const at = (i) => offset + i === 0 ? "p" : `p + ${offset + i}`;
    const four = (i) => `(b[${at(i)}] << 24 | b[${at(i + 1)}] << 16 | b[${at(i + 2)}] << 8 | b[${at(i + 3)}])`;
    switch (type) {
      case "bool":
        return `b[${at(0)}] !== 0`;
      case "int8":
        return `b[${at(0)}] << 24 >> 24`;
      case "int16":
        return `b[${at(0)}] << 24 >> 16 | b[${at(1)}]`;
      case "uint16":
        return `b[${at(0)}] << 8 | b[${at(1)}]`;
      case "int32":
        return four(0);
      case "uint32":
        return `${four(0)} >>> 0`;
      case "int64":
        return `${four(0)} * 4294967296 + (${four(4)} >>> 0)`;
      case "int64Exact":
        return `b.readBigInt64BE(${at(0)})`;
      case "float64":
        return `b.readDoubleBE(${at(0)})`;
      case "uuid":
        return `source.uuid(b, ${at(0)})`;
    }
  }
  /** A value of changing size, null included, into the variable `x`. */
  #variable(slot, x) {
    const path = JSON.stringify(slot.path);
    if (slot.type.kind === "struct") {
      if (!slot.nullable) {
        this.#value(slot.type, x, slot);
        return;
      }
      if (slot.where === "tag") {
        this.#emit(`if (${this.#varint()} === 0) ${x} = null; else {`);
      } else {
        this.#need(1);
        this.#emit(`if (b[p++] > 127) ${x} = null; else {`);
      }
      this.#value(slot.type, x, slot);
      this.#emit("}");
      return;
    }
    if (slot.type.kind === "fixed") {
      this.#value(slot.type, x, slot);
      return;
    }
    const length = this.#length(slot.type, slot.compact);
    this.#emit(`if (${length} < 0) ${slot.nullable ? `${x} = null` : `isNull(${path}, p)`}; else {`);
    this.#sized(slot.type, length, x, slot);
    this.#emit("}");
  }
  /** Reads a length into a new variable; negative is null. */
  #length(type, compact) {
    if (compact) {
      const name2 = this.#varint();
      this.#emit(`${name2} -= 1`);
      return name2;
    }
    const name = this.#name("l");
    const size = type.kind === "text" ? 2 : 4;
    this.#need(size);
    this.#emit(`const ${name} = ${this.#fixed(size === 2 ? "int16" : "int32", 0)}`, `p += ${size}`);
    return name;
  }
  /** A value that cannot be null, into `x`. */
  #value(type, x, slot) {
    if (type.kind === "struct") {
      this.#emit(`${x} = ${this.#struct(type.struct)}`);
    } else if (type.kind === "fixed") {
      this.#need(type.size);
      this.#emit(`${x} = ${this.#fixed(type.name, 0)}`, `p += ${type.size}`);
    } else {
      const length = this.#length(type, slot.compact);
      this.#emit(`if (${length} < 0) isNull(${JSON.stringify(slot.path)}, p)`);
      this.#sized(type, length, x, slot);
    }
  }
  #sized(type, length, x, slot) {
    const path = JSON.stringify(slot.path);
    if (type.kind === "text") {
      this.#emit(`if (${length} > 32767) tooLong(${path}, ${length}, p)`);
      this.#need(length);
      this.#emit(`${x} = source.text(b, p, ${length})`, `p += ${length}`);
    } else if (type.kind === "bytes") {
      this.#need(length);
      this.#emit(`${x} = b.subarray(p, p + ${length})`, `p += ${length}`);
    } else if (type.kind === "array") {
      this.#array(type, length, x, slot);
    }
  }
  #array(type, length, x, slot) {
    const path = JSON.stringify(slot.path);
    const { element } = type;
    const i = this.#name("i");
    this.#emit(`if (${length} * ${type.minimum} > e - p) tooMany(${path}, ${length}, p)`);
    this.#emit(`if ((source.budget -= ${length} * ${type.cost}) < 0) tooBig(${path}, p)`);
    this.#emit(`${x} = []`);
    this.#emit(`for (let ${i} = 0; ${i} < ${length}; ${i}++) {`);
    if (element.kind === "fixed") {
      this.#emit(`${x}.push(${this.#fixed(element.name, 0)})`, `p += ${element.size}`);
    } else if (element.kind === "struct") {
      const value = this.#struct(element.struct);
      this.#emit(`${x}.push(${value})`);
    } else {
      const item = this.#name("v");
      this.#emit(`let ${item}`);
      this.#value(element, item, slot);
      this.#emit(`${x}.push(${item})`);
    }
    this.#emit("}");
  }
  #tagSection(plan, values) {
    const count = this.#varint();
    this.#emit(`for (; ${count} > 0; ${count}--) {`);
    const tag = this.#varint();
    const size = this.#varint();
    const end = this.#name("e");
    this.#need(size);
    this.#emit(`const ${end} = p + ${size}`);
    for (const slot of plan.tagged) {
      this.#emit(`if (${tag} === ${slot.tag}) {`);
      this.#variable(slot, values.get(slot));
      this.#emit(`if (p !== ${end}) badTag(${tag}, p)`, "}");
    }
    this.#emit(`p = ${end}`, "}");
  }
};

// src/base/uuid.ts
var ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";
function uuidFromBytes(bytes2, position = 0) {
  return bytes2.toString("base64url", position, position + 16);
}

// src/protocol/interpret.ts
function defaultOfField(field) {
  const given = field.options.default;
  if (given === null) return null;
  if (field.type.kind === "array") return [];
  if (field.type.kind === "struct") return defaultOfStruct(field.type.struct);
  if (given !== void 0) return field.type.name === "int64Exact" ? BigInt(given) : given;
  switch (field.type.name) {
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return Buffer.alloc(0);
    case "records":
      return field.options.nullable?.endsWith("+") ? null : Buffer.alloc(0);
    case "uuid":
      return ZERO_UUID;
    case "int64Exact":
      return 0n;
    default:
      return 0;
  }
}
function defaultOfStruct(struct2) {
  return Object.fromEntries(Object.entries(struct2.fields).map(([name, field]) => [name, defaultOfField(field)]));
}

// src/protocol/plan.ts
var fixedSize = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  int64Exact: 8,
  float64: 8,
  uuid: 16
};
var COST = { object: 24, slot: 8, number: 16, string: 24, array: 32, view: 96 };
var IDENTIFIER = /^[a-z][A-Za-z0-9]*$/;
function planOf(schema, version) {
  if (!inVersions(schema.versions, version)) {
    throw new ApiError("UNSUPPORTED_VERSION", `${schema.name} has no version ${version}, only ${schema.versions}`);
  }
  return structPlan(schema, version, inVersions(schema.flexible, version), "");
}
function structPlan(struct2, version, flexible, path) {
  const slots = Object.entries(struct2.fields).map(([name, field]) => slotPlan(name, field, version, flexible, path));
  const tagged = slots.filter((slot) => slot.where === "tag").sort((a, b2) => a.tag - b2.tag);
  let minimum = flexible ? 1 : 0;
  let cost = COST.object;
  for (const slot of slots) {
    const nullableStruct = slot.nullable && slot.type.kind === "struct";
    if (slot.where === "body") minimum += nullableStruct ? 1 : minimumOf(slot.type, slot.compact);
    cost += COST.slot + (nullableStruct ? 0 : costOf(slot.type));
  }
  return { slots, tagged, flexible, minimum, cost };
}
function slotPlan(name, field, version, flexible, parent) {
  if (!IDENTIFIER.test(name)) throw new Error(`'${name}' is no field name`);
  const { versions = "0+", nullable, tag, tagged = versions, ignorable = false } = field.options;
  const path = parent === "" ? name : `${parent}.${name}`;
  const isTagged = tag !== void 0 && inVersions(tagged, version);
  const compact = field.options.flexible === void 0 ? flexible : inVersions(field.options.flexible, version);
  return {
    name,
    path,
    where: isTagged ? "tag" : inVersions(versions, version) ? "body" : "absent",
    tag: tag ?? -1,
    nullable: nullable !== void 0 && inVersions(nullable, version),
    everNullable: nullable !== void 0,
    compact,
    ignorable,
    default: defaultOfField(field),
    type: typePlan(field.type, version, flexible, compact, path)
  };
}
function typePlan(type, version, flexible, compact, path) {
  if (type.kind === "struct") return { kind: "struct", struct: structPlan(type.struct, version, flexible, path) };
  if (type.kind === "array") {
    const element = typePlan(type.element, version, flexible, compact, path);
    const cost = COST.slot + costOf(element);
    return { kind: "array", element, minimum: Math.max(1, minimumOf(element, compact)), cost };
  }
  if (type.name === "string") return { kind: "text" };
  if (type.name === "bytes" || type.name === "records") return { kind: "bytes" };
  return { kind: "fixed", name: type.name, size: fixedSize[type.name] };
}
function minimumOf(type, compact) {
  if (type.kind === "fixed") return type.size;
  if (type.kind === "struct") return type.struct.minimum;
  if (compact) return 1;
  return type.kind === "text" ? 2 : 4;
}
function costOf(type) {
  switch (type.kind) {
    case "struct":
      return type.struct.cost;
    case "array":
      return COST.array;
    case "text":
      return COST.string;
    case "bytes":
      return COST.view;
    case "fixed":
      return type.name === "uuid" ? COST.string : type.size === 8 ? COST.number : 0;
  }
}

// src/base/assert.ts
var AssertionError = class extends Error {
  constructor(message2) {
    super(message2);
    this.name = "AssertionError";
  }
};

// src/protocol/sink.ts
var INITIAL_BYTES = 64 * 1024;
var KEPT_BYTES = 4 * 1024 * 1024;
var REFERENCE_BYTES = 512;
var MAX_STRING_BYTES = 32767;
var SHORT_TEXT = 41;
var Sink = class {
  buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #byReference = false;
  #cutAt = [];
  #cutPieces = [];
  /** Starts a message; `byReference` keeps large bytes as pieces. */
  begin(byReference) {
    this.#byReference = byReference;
    if (this.#cutAt.length > 0) {
      this.#cutAt = [];
      this.#cutPieces = [];
    }
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }
  /** Makes room for `size` bytes behind `position`. */
  grow(position, size) {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, position + size));
    this.buffer.copy(larger, 0, 0, position);
    this.buffer = larger;
  }
  /** What was written up to `end` as one buffer of its own. */
  whole(end) {
    const bytes2 = Buffer.allocUnsafe(end);
    this.buffer.copy(bytes2, 0, 0, end);
    return bytes2;
  }
  /** What was written up to `end`, with the pieces noted by reference in their places. */
  pieces(end) {
    const written = this.whole(end);
    if (this.#cutAt.length === 0) return [written];
    const chunks = [];
    let from = 0;
    for (let i = 0; i < this.#cutAt.length; i += 1) {
      const at = this.#cutAt[i];
      if (at > from) chunks.push(written.subarray(from, at));
      chunks.push(this.#cutPieces[i]);
      from = at;
    }
    if (end > from) chunks.push(written.subarray(from, end));
    this.begin(false);
    return chunks;
  }
  varint(position, value) {
    if (position + 5 > this.buffer.length) this.grow(position, 5);
    return writeUnsignedVarint(this.buffer, position, value);
  }
  /** An array or byte length; -1 is null. */
  length(position, length, compact) {
    if (compact) return this.varint(position, length + 1);
    if (position + 4 > this.buffer.length) this.grow(position, 4);
    return writeInt32(this.buffer, position, length);
  }
  compactText(position, text) {
    const { length } = text;
    if (length > SHORT_TEXT) return this.#longText(position, text, true);
    if (position + 1 + length > this.buffer.length) this.grow(position, 1 + length);
    const { buffer } = this;
    let p = position + 1;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 127) return this.#longText(position, text, true);
      buffer[p++] = code;
    }
    buffer[position] = length + 1;
    return p;
  }
  classicText(position, text) {
    const { length } = text;
    if (length > SHORT_TEXT) return this.#longText(position, text, false);
    if (position + 2 + length > this.buffer.length) this.grow(position, 2 + length);
    const { buffer } = this;
    let p = position + 2;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 127) return this.#longText(position, text, false);
      buffer[p++] = code;
    }
    buffer[position] = 0;
    buffer[position + 1] = length;
    return p;
  }
  #longText(position, text, compact) {
    const size = Buffer.byteLength(text);
    if (size > MAX_STRING_BYTES) throw new ApiError("INVALID_REQUEST", `a string of ${size} bytes, at most 32767 go`);
    if (position + 5 + size > this.buffer.length) this.grow(position, 5 + size);
    const p = compact ? writeUnsignedVarint(this.buffer, position, size + 1) : writeInt16(this.buffer, position, size);
    this.buffer.write(text, p, size, "utf8");
    return p + size;
  }
  /** Bytes with their length in front, by reference where that is asked for and worth it. */
  bytes(position, value, compact, inTag) {
    if (value instanceof Uint8Array) {
      const p2 = this.length(position, value.length, compact);
      return this.#piece(p2, value, inTag);
    }
    let size = 0;
    for (const piece of value) size += piece.length;
    let p = this.length(position, size, compact);
    for (const piece of value) p = this.#piece(p, piece, inTag);
    return p;
  }
  #piece(position, piece, inTag) {
    const size = piece.length;
    if (size >= REFERENCE_BYTES && this.#byReference && !inTag) {
      this.#cutAt.push(position);
      this.#cutPieces.push(Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, size));
      return position;
    }
    if (position + size > this.buffer.length) this.grow(position, size);
    this.buffer.set(piece, position);
    return position + size;
  }
  /** Puts the size of a tag's body in front of it: one byte was left free at `start`, the body ends at `end`. */
  closeTag(start, end) {
    const size = end - start - 1;
    const width = unsignedVarintSize(size);
    if (width > 1) {
      if (end + width > this.buffer.length) this.grow(end, width);
      this.buffer.copyWithin(start + width, start + 1, end);
    }
    writeUnsignedVarint(this.buffer, start, size);
    return end + width - 1;
  }
};
var uuidDigit = new Int8Array(128).fill(-1);
var UUID_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
for (let i = 0; i < 64; i += 1) uuidDigit[UUID_DIGITS.charCodeAt(i)] = i;
function putUuid(target, position, text) {
  if (text.length !== 22) notA("uuid", text);
  let p = position;
  let digits = 0;
  for (let i = 0; i < 20; i += 4) {
    const a = digit(text, i);
    const b2 = digit(text, i + 1);
    const c = digit(text, i + 2);
    const d = digit(text, i + 3);
    digits |= a | b2 | c | d;
    target[p] = a << 2 | b2 >> 4;
    target[p + 1] = b2 << 4 | c >> 2;
    target[p + 2] = c << 6 | d;
    p += 3;
  }
  const last = digit(text, 20);
  const end = digit(text, 21);
  if ((digits | last | end) < 0) notA("uuid", text);
  target[p] = last << 2 | end >> 4;
}
function digit(text, index) {
  const code = text.charCodeAt(index);
  return code < 128 ? uuidDigit[code] : -1;
}
function notA(type, value) {
  throw new AssertionError(`${String(value)} is no ${type}`);
}
function badValue(path, type, value) {
  throw new AssertionError(`${path} is ${typeof value} ${String(value)}, which is no ${type}`);
}
function badNull(path, everNullable, version) {
  if (!everNullable) throw new AssertionError(`${path} is null`);
  throw new ApiError("UNSUPPORTED_VERSION", `version ${version} cannot carry null in '${path}'`);
}
function cannotCarry(path, version) {
  throw new ApiError("UNSUPPORTED_VERSION", `version ${version} cannot carry a value of '${path}'`);
}
function sizeOfBytes(value) {
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  for (const piece of value) size += piece.length;
  return size;
}

// src/protocol/source.ts
var CACHE_SLOTS = 2048;
var CACHED_TEXT_BYTES = 48;
var Source = class {
  end = 0;
  budget = 0;
  #texts = new Array(CACHE_SLOTS).fill("");
  #uuids = new Array(CACHE_SLOTS).fill(ZERO_UUID);
  #uuidWords = new Int32Array(CACHE_SLOTS * 4);
  /** A varint of more than one byte; sets `end`. */
  varint(bytes2, position, limit) {
    let value = 0;
    let p = position;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (p >= limit) endsEarly(p);
      const byte = bytes2[p++];
      value |= (byte & 127) << shift;
      if (byte < 128) {
        this.end = p;
        return value >>> 0;
      }
    }
    throw new ProtocolError("varint of more than 5 bytes", position);
  }
  text(bytes2, position, length) {
    if (length === 0) return "";
    if (length > CACHED_TEXT_BYTES) return bytes2.toString("utf8", position, position + length);
    const end = position + length;
    let hash = length;
    for (let i = position; i < end; i += 1) hash = Math.imul(hash ^ bytes2[i], 16777619);
    const slot = (hash ^ hash >>> 15) & CACHE_SLOTS - 1;
    const cached2 = this.#texts[slot];
    if (cached2.length === length) {
      let i = 0;
      while (i < length && cached2.charCodeAt(i) === bytes2[position + i]) i += 1;
      if (i === length) return cached2;
    }
    const text = bytes2.toString("utf8", position, end);
    this.#texts[slot] = text;
    return text;
  }
  uuid(bytes2, p) {
    const a = bytes2[p] << 24 | bytes2[p + 1] << 16 | bytes2[p + 2] << 8 | bytes2[p + 3];
    const b2 = bytes2[p + 4] << 24 | bytes2[p + 5] << 16 | bytes2[p + 6] << 8 | bytes2[p + 7];
    const c = bytes2[p + 8] << 24 | bytes2[p + 9] << 16 | bytes2[p + 10] << 8 | bytes2[p + 11];
    const d = bytes2[p + 12] << 24 | bytes2[p + 13] << 16 | bytes2[p + 14] << 8 | bytes2[p + 15];
    const hash = Math.imul(a ^ b2 << 1 ^ c ^ d << 1, 2654435761);
    const slot = hash >>> 21;
    const words = this.#uuidWords;
    const at = slot * 4;
    if (words[at] === a && words[at + 1] === b2 && words[at + 2] === c && words[at + 3] === d) return this.#uuids[slot];
    const text = uuidFromBytes(bytes2, p);
    words[at] = a;
    words[at + 1] = b2;
    words[at + 2] = c;
    words[at + 3] = d;
    this.#uuids[slot] = text;
    return text;
  }
};
function endsEarly(position) {
  throw new ProtocolError("message ends early", position);
}
function isNull(path, position) {
  throw new ProtocolError(`null in '${path}'`, position);
}
function tooLong(path, length, position) {
  throw new ProtocolError(`'${path}' claims a length of ${length}`, position);
}
function tooMany(path, count, position) {
  throw new ProtocolError(`'${path}' claims ${count} elements, which do not fit`, position);
}
function tooBig(path, position) {
  throw new ProtocolError(`'${path}' would take too much memory`, position);
}
function badTag(tag, position) {
  throw new ProtocolError(`tag ${tag} is not as long as it says`, position);
}

// src/protocol/compile.ts
var encodeHelpers = {
  putInt64: writeInt64,
  putUuid,
  badValue,
  badNull,
  cannotCarry,
  sizeOfBytes,
  EMPTY_BYTES: Buffer.alloc(0)
};
var decodeHelpers = {
  endsEarly,
  isNull,
  tooLong,
  tooMany,
  tooBig,
  badTag,
  EMPTY_BYTES: Buffer.alloc(0)
};
function build(url, helpers, parameters, body) {
  const source2 = `'use strict'
return function (${parameters}) {
${body}
}
//# sourceURL=mq-protocol/${url}`;
  return new Function(...Object.keys(helpers), source2)(...Object.values(helpers));
}
function compileEncoder(schema, version) {
  const body = `let p = position
${encoderSource(planOf(schema, version), version)}`;
  return build(`${schema.name}.v${version}.encode.js`, encodeHelpers, "sink, value, position", body);
}
function compileDecoder(schema, version) {
  const body = decoderSource(planOf(schema, version));
  return build(`${schema.name}.v${version}.decode.js`, decodeHelpers, "source, b, p, e", body);
}
var compiled = /* @__PURE__ */ new WeakMap();
function of(schema) {
  let entry = compiled.get(schema);
  if (entry === void 0) {
    entry = { encoders: [], decoders: [] };
    compiled.set(schema, entry);
  }
  return entry;
}
function encoderOf(schema, version) {
  const { encoders } = of(schema);
  let encoder = encoders[version];
  if (encoder === void 0) {
    encoder = compileEncoder(schema, version);
    encoders[version] = encoder;
  }
  return encoder;
}
function decoderOf(schema, version) {
  const { decoders } = of(schema);
  let decoder = decoders[version];
  if (decoder === void 0) {
    decoder = compileDecoder(schema, version);
    decoders[version] = decoder;
  }
  return decoder;
}

// src/protocol/codec.ts
var EXPANSION = 4;
var TRUSTED_EXPANSION = 64;
var DECODE_ALLOWANCE_BYTES = 32 * 1024 * 1024;
var sink = new Sink();
var source = new Source();
function encodeChunks(schema, version, value, headroom = 0) {
  const encode2 = encoderOf(schema, version);
  sink.begin(true);
  if (headroom > sink.buffer.length) sink.grow(0, headroom);
  return sink.pieces(encode2(sink, value, headroom));
}
function decodeMessage(schema, version, bytes2, position = 0, expansion = EXPANSION) {
  source.budget = (bytes2.length - position) * expansion + DECODE_ALLOWANCE_BYTES;
  return decoderOf(schema, version)(source, bytes2, position, bytes2.length);
}
function decodeAt(schema, version, bytes2, position, expansion = EXPANSION) {
  const value = decodeMessage(schema, version, bytes2, position, expansion);
  return { value, end: source.end };
}

// src/protocol/messages/header.ts
var RequestHeader = message(
  "RequestHeader",
  { versions: "1-2", flexible: "2+" },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ versions: "1+", nullable: "1+", flexible: "none" })
  }
);
var ResponseHeader = message(
  "ResponseHeader",
  { versions: "0-1", flexible: "1+" },
  {
    correlationId: int32()
  }
);

// src/protocol/frame.ts
function encodeRequestFrame(api2, version, header, body) {
  const clientId = header.clientId === null ? null : Buffer.from(header.clientId);
  if (clientId !== null && clientId.length > 32767) throw new RangeError("client id longer than 32767 bytes");
  const flexible = requestHeaderVersion(api2, version) === 2;
  const headroom = 14 + (clientId?.length ?? 0) + (flexible ? 1 : 0);
  const chunks = encodeChunks(apis[api2].request, version, body, headroom);
  const first = chunks[0];
  writeInt16(first, 4, apis[api2].key);
  writeInt16(first, 6, version);
  writeInt32(first, 8, header.correlationId);
  writeInt16(first, 12, clientId?.length ?? -1);
  clientId?.copy(first, 14);
  if (flexible) first[headroom - 1] = 0;
  return withSize(chunks);
}
function withSize(chunks) {
  let size = -4;
  for (const chunk of chunks) size += chunk.length;
  writeInt32(chunks[0], 0, size);
  return chunks;
}
function decodeResponseFrame(api2, version, frame) {
  const header = decodeAt(ResponseHeader, responseHeaderVersion(api2, version), frame, 0);
  const refused = api2 === "ApiVersions" && frame.length >= header.end + 2 && readInt16(frame, header.end) === errorCode("UNSUPPORTED_VERSION");
  const schema = apis[api2].response;
  const body = decodeMessage(schema, refused ? 0 : version, frame, header.end, TRUSTED_EXPANSION);
  return { correlationId: header.value.correlationId, body };
}

// src/client/frame-reader.ts
var FRAME_MAX_BYTES = 512 * 1024 * 1024;
var LARGE_BYTES = 256 << 10;
var FrameReader = class {
  #peer;
  #tls;
  #chunks = [];
  #bytes = 0;
  #first = true;
  #recycles;
  /** The large frame that is being put together, and how much of it is there. */
  #target;
  #filled = 0;
  #places = [void 0, void 0];
  #turn = 0;
  constructor(peer, tls2, recycles = false) {
    this.#peer = peer;
    this.#tls = tls2;
    this.#recycles = recycles;
  }
  /** The complete frames, without their size, that end in this chunk. Throws ConnectionError. */
  push(chunk) {
    if (this.#target === void 0) return this.#cut(chunk);
    const missing = this.#target.length - this.#filled;
    chunk.copy(this.#target, this.#filled, 0, Math.min(missing, chunk.length));
    this.#filled += Math.min(missing, chunk.length);
    if (chunk.length < missing) return [];
    const frame = this.#target;
    this.#target = void 0;
    return chunk.length === missing ? [frame] : [frame, ...this.#cut(chunk.subarray(missing))];
  }
  #cut(chunk) {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < 4) return [];
    const size = this.#size();
    if (this.#bytes < size + 4) {
      if (size >= LARGE_BYTES) this.#begin(size);
      return [];
    }
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#bytes);
    const frames = [];
    let position = 0;
    while (all.length - position >= 4) {
      const length = this.#check(all.readInt32BE(position), all.subarray(position));
      if (all.length - position - 4 < length) break;
      frames.push(all.subarray(position + 4, position + 4 + length));
      position += 4 + length;
    }
    const rest = all.subarray(position);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    if (this.#bytes >= 4 && this.#size() >= LARGE_BYTES) this.#begin(this.#size());
    return frames;
  }
  /** What is there is the beginning of a large frame. */
  #begin(size) {
    const target = this.#place(size);
    let filled = 0;
    for (const [index, chunk] of this.#chunks.entries()) filled += chunk.copy(target, filled, index === 0 ? 4 : 0);
    this.#target = target;
    this.#filled = filled;
    this.#chunks = [];
    this.#bytes = 0;
  }
  #place(size) {
    if (!this.#recycles) return Buffer.allocUnsafeSlow(size);
    this.#turn = 1 - this.#turn;
    let place = this.#places[this.#turn];
    if (place === void 0 || place.length < size) {
      place = Buffer.allocUnsafeSlow(Math.min(FRAME_MAX_BYTES, size + (size >> 2)));
      this.#places[this.#turn] = place;
    }
    return place.subarray(0, size);
  }
  #size() {
    if (this.#chunks[0].length < 4) this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)];
    return this.#check(this.#chunks[0].readInt32BE(0), this.#chunks[0]);
  }
  #check(size, bytes2) {
    const tlsRecord = this.#first && bytes2[0] === 21 && bytes2[1] === 3;
    if (!tlsRecord && size >= 4 && size <= FRAME_MAX_BYTES) {
      this.#first = false;
      return size;
    }
    if (tlsRecord && !this.#tls) {
      throw new ConnectionError("tls", this.#peer, `${this.#peer} speaks TLS, this client does not`, {
        hint: "Set security.protocol=SSL or SASL_SSL."
      });
    }
    const http = bytes2.toString("latin1", 0, 4) === "HTTP";
    throw new ConnectionError(
      "not-kafka",
      this.#peer,
      `${this.#peer} does not answer like a Kafka broker${http ? ": it is a web server" : ""}`,
      { hint: "Check the port: this one belongs to something else." }
    );
  }
};

// src/client/sasl.ts
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

// src/client/oauth-token.ts
import { readFileSync as readFileSync3 } from "node:fs";
import { rootCertificates as rootCertificates2 } from "node:tls";

// src/platform/extra-certificates.ts
import { readFileSync as readFileSync2 } from "node:fs";
import { rootCertificates } from "node:tls";
var EXTRA_CA_CERTS = "MQ_EXTRA_CA_CERTS";
function trustedByDefault(env = process.env) {
  const path = env[EXTRA_CA_CERTS];
  if (path === void 0 || path === "") return void 0;
  try {
    return [...rootCertificates, readFileSync2(path, "latin1")];
  } catch (error) {
    process.emitWarning(`Ignoring extra certs from ${path}: ${error.code}`);
    return void 0;
  }
}

// src/client/oauth-token.ts
var ANSWER_MAX_BYTES2 = 1 << 20;
var ENDPOINT_TIMEOUT_MS = 1e4;
var USABLE_SHARE = 0.8;
var LEFT_MIN_MS = 3500;
var RETRY_PAUSES_MS = [100, 500, 2e3];
var fetched = /* @__PURE__ */ new WeakMap();
function failed(message2, hint) {
  return new MqError("MQ_AUTHENTICATION", message2, hint === void 0 ? {} : { hint });
}
async function fetchToken(source2) {
  switch (source2.kind) {
    case "token":
      return source2.token;
    case "file":
      return readToken(source2.path);
    case "unsecured":
      return unsecured(source2.subject, source2.lifeSeconds);
    case "endpoint":
      return (await cached(source2)).token;
  }
}
async function cached(source2) {
  const known = fetched.get(source2);
  if (known !== void 0) {
    const token = await known.catch(() => void 0);
    if (token !== void 0 && token.usableUntilMs > performance.now()) return token;
    if (fetched.get(source2) !== known) return cached(source2);
  }
  const fetching = ask(source2);
  fetched.set(source2, fetching);
  return fetching;
}
function readToken(path) {
  let text;
  try {
    text = readFileSync3(path, "utf8").trim();
  } catch (error) {
    throw failed(`cannot read the token file ${path} (${error.code ?? "error"})`);
  }
  if (text === "") throw failed(`the token file ${path} is empty`);
  return text;
}
var encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function unsecured(subject, lifeSeconds) {
  const now = Math.floor(Date.now() / 1e3);
  return `${encode({ alg: "none" })}.${encode({ sub: subject, iat: now, exp: now + lifeSeconds })}.`;
}
async function ask(source2) {
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (source2.scope !== void 0) body.set("scope", source2.scope);
  const answer = await postPatiently(source2, body.toString(), credentialsOf(source2));
  if (answer.status !== 200) {
    throw failed(
      `the token endpoint ${shown(source2.url)} answered ${answer.status}`,
      answer.status === 400 || answer.status === 401 ? "Check the OAuth client id, its secret and the scope." : void 0
    );
  }
  let document;
  try {
    document = JSON.parse(answer.text);
  } catch {
  }
  const token = document?.access_token;
  if (typeof token !== "string" || token === "") {
    throw failed(`the token endpoint ${shown(source2.url)} answered without an access_token`);
  }
  const left = lifeMs(token, document?.expires_in);
  return { token, usableUntilMs: performance.now() + Math.min(left * USABLE_SHARE, left - LEFT_MIN_MS) };
}
function lifeMs(token, expiresIn) {
  if (typeof expiresIn === "number" && expiresIn > 0) return expiresIn * 1e3;
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    if (typeof claims.exp === "number") return Math.max(0, claims.exp * 1e3 - Date.now());
  } catch {
  }
  return 0;
}
function credentialsOf({ clientId, clientSecret, urlEncodes }) {
  const parts = [clientId, clientSecret].map((part) => urlEncodes ? encodeURIComponent(part) : part);
  return Buffer.from(parts.join(":")).toString("base64");
}
function shown(url) {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
async function postPatiently(source2, body, credentials) {
  for (const pauseMs of [...RETRY_PAUSES_MS, void 0]) {
    try {
      const answer = await post(source2, body, credentials);
      if (pauseMs === void 0 || answer.status < 500 && answer.status !== 429) return answer;
    } catch (error) {
      const { cause } = error;
      const isLasting = cause?.code === void 0 || hintOf(cause) !== void 0;
      if (pauseMs === void 0 || isLasting) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw failed(`cannot get a token from ${shown(source2.url)}`);
}
async function post(source2, body, credentials) {
  const { url } = source2;
  const client2 = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  const trusted = source2.ca === void 0 ? trustedByDefault() : [...trustedByDefault() ?? rootCertificates2, source2.ca];
  return new Promise((resolve, reject) => {
    const fail = (error) => {
      const text = `cannot get a token from ${shown(url)}: ${reasonOf(error)}`;
      reject(Object.assign(failed(text, hintOf(error)), { cause: error }));
    };
    const options = {
      method: "POST",
      timeout: ENDPOINT_TIMEOUT_MS,
      headers: {
        authorization: `Basic ${credentials}`,
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        "content-length": Buffer.byteLength(body)
      },
      ...trusted === void 0 ? {} : { ca: trusted }
    };
    const request = client2.request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        text += piece;
        if (text.length > ANSWER_MAX_BYTES2) response.destroy(new Error("the answer is too long"));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${ENDPOINT_TIMEOUT_MS / 1e3}s`)));
    request.on("error", fail);
    request.end(body);
  });
}
function reasonOf(error) {
  const { code } = error;
  return code === "ECONNREFUSED" ? "connection refused" : code ?? error.message;
}
function hintOf(error) {
  const { code = "" } = error;
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code)) {
    return "The endpoint needs a certificate of a known CA: ssl.truststore.location in the jaas line or the file, or https.ca.location.";
  }
  return void 0;
}

// src/client/sasl.ts
async function authenticate(options, exchange) {
  switch (options.mechanism) {
    case "PLAIN":
      await exchange(Buffer.from(`\0${options.username}\0${options.password}`));
      return;
    case "SCRAM-SHA-256":
      return scram("sha256", options, exchange);
    case "SCRAM-SHA-512":
      return scram("sha512", options, exchange);
    case "OAUTHBEARER":
      return oauthBearer(options, exchange);
  }
}
function failed2(message2, hint) {
  return new MqError("MQ_AUTHENTICATION", message2, hint === void 0 ? {} : { hint });
}
function attribute(message2, name) {
  const part = message2.split(",").find((entry) => entry.startsWith(`${name}=`));
  if (part === void 0) throw failed2("the broker sent a SCRAM message that makes no sense");
  return part.slice(2);
}
async function scram(hash, options, exchange) {
  const user = options.username.replaceAll("=", "=3D").replaceAll(",", "=2C");
  const nonce = randomBytes(18).toString("base64url");
  const firstBare = `n=${user},r=${nonce}${options.isToken === true ? ",tokenauth=true" : ""}`;
  const first = (await exchange(Buffer.from(`n,,${firstBare}`))).toString("utf8");
  const serverNonce = attribute(first, "r");
  const iterations = Number(attribute(first, "i"));
  if (!serverNonce.startsWith(nonce) || !(iterations >= 1 && iterations <= 1e6)) {
    throw failed2("the broker sent a SCRAM challenge that makes no sense");
  }
  const size = hash === "sha256" ? 32 : 64;
  const salt = Buffer.from(attribute(first, "s"), "base64");
  const salted = await promisify(pbkdf2)(options.password.normalize("NFKC"), salt, iterations, size, hash);
  const mac = (key2, text) => createHmac(hash, key2).update(text).digest();
  const clientKey = mac(salted, "Client Key");
  const storedKey = createHash(hash).update(clientKey).digest();
  const finalBare = `c=biws,r=${serverNonce}`;
  const transcript = `${firstBare},${first},${finalBare}`;
  const signature = mac(storedKey, transcript);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]));
  const last = (await exchange(Buffer.from(`${finalBare},p=${proof.toString("base64")}`))).toString("utf8");
  if (last.startsWith("e=")) throw failed2(`authentication failed: ${last.slice(2)}`);
  const expected = mac(mac(salted, "Server Key"), transcript);
  const shown2 = Buffer.from(attribute(last, "v"), "base64");
  if (shown2.length !== expected.length || !timingSafeEqual(shown2, expected)) {
    throw failed2("the broker could not prove that it knows the password", "It may not be the broker it claims to be.");
  }
}
async function oauthBearer(options, exchange) {
  const token = await fetchToken(options.token);
  const extensions = Object.entries(options.extensions).map(([key2, value]) => `${key2}=${value}`);
  const answer = await exchange(Buffer.from(`n,,auth=Bearer ${token}${extensions.join("")}`));
  if (answer.length > 0) {
    await exchange(Buffer.from([1]));
    throw failed2("authentication failed: the broker refused the token");
  }
}

// src/client/socket.ts
import * as net from "node:net";
import * as tls from "node:tls";

// src/client/tls-options.ts
import { createPrivateKey as createPrivateKey2 } from "node:crypto";
import { createSecureContext } from "node:tls";

// src/client/jks.ts
import { createHash as createHash2, timingSafeEqual as timingSafeEqual2 } from "node:crypto";

// src/client/der.ts
var DER = { integer: 2, octets: 4, oid: 6, sequence: 48, set: 49 };
var CONSTRUCTED = 32;
var DEPTH_MAX = 32;
var DerNode = class {
  tag;
  contents;
  /** Tag, length and contents. */
  raw;
  constructor(tag, contents, raw) {
    this.tag = tag;
    this.contents = contents;
    this.raw = raw;
  }
  /** The elements inside a constructed one. */
  get children() {
    const found = [];
    for (let position = 0; position < this.contents.length; ) {
      const { node: node2, end } = readAt(this.contents, position, 0);
      found.push(node2);
      position = end;
    }
    return found;
  }
  /** The element at `index` inside. Throws RangeError when it is not there. */
  child(index) {
    const found = this.children[index];
    if (found === void 0) throw new RangeError(`an element of ${this.children.length} parts has no part ${index}`);
    return found;
  }
  /** An octet string, also one that comes in pieces. */
  get octets() {
    if ((this.tag & CONSTRUCTED) === 0) return this.contents;
    return Buffer.concat(this.children.map((piece) => piece.octets));
  }
  /** A whole number of up to 6 bytes. */
  get integer() {
    if (this.contents.length === 0 || this.contents.length > 6) throw new RangeError("a number that is too large");
    return this.contents.readIntBE(0, this.contents.length);
  }
  /** An object identifier as text: `1.2.840.113549.1.7.1`. */
  get oid() {
    if (this.tag !== DER.oid || this.contents.length === 0) throw new RangeError("no object identifier");
    const parts = [];
    let value = 0;
    for (const byte of this.contents) {
      value = value * 128 + (byte & 127);
      if (byte >= 128) continue;
      if (parts.length === 0) {
        const first = Math.min(Math.floor(value / 40), 2);
        parts.push(first, value - first * 40);
      } else parts.push(value);
      value = 0;
    }
    return parts.join(".");
  }
};
function readDer(bytes2) {
  return readAt(bytes2, 0, 0).node;
}
function readAt(bytes2, position, depth) {
  const tag = bytes2[position];
  const first = bytes2[position + 1];
  if (tag === void 0 || first === void 0 || (tag & 31) === 31) throw new RangeError("no DER");
  if (first === 128) return readIndefinite(bytes2, position, tag, depth);
  let start = position + 2;
  let length = first;
  if (first > 128) {
    const count = first & 127;
    if (count > 5 || start + count > bytes2.length) throw new RangeError("no DER length");
    length = bytes2.readUIntBE(start, count);
    start += count;
  }
  const end = start + length;
  if (end > bytes2.length) throw new RangeError("a DER element ends early");
  return { node: new DerNode(tag, bytes2.subarray(start, end), bytes2.subarray(position, end)), end };
}
function readIndefinite(bytes2, position, tag, depth) {
  if ((tag & CONSTRUCTED) === 0 || depth > DEPTH_MAX) throw new RangeError("no BER");
  const start = position + 2;
  let at = start;
  while (bytes2[at] !== 0 || bytes2[at + 1] !== 0) at = readAt(bytes2, at, depth + 1).end;
  return { node: new DerNode(tag, bytes2.subarray(start, at), bytes2.subarray(position, at + 2)), end: at + 2 };
}

// src/client/key-store.ts
import { createPrivateKey } from "node:crypto";
var StoreError = class extends MqError {
  constructor(message2) {
    super("MQ_KEYSTORE", message2);
  }
};
function certificatesPem(certificates) {
  return certificates.map((one) => armour("CERTIFICATE", one.toString("base64"))).join("");
}
function keyPem(pkcs8) {
  try {
    return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({
      format: "pem",
      type: "pkcs8"
    });
  } catch {
    throw new StoreError("the private key is of a kind that cannot be used");
  }
}
function armour(label, base64) {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----
${lines.join("\n")}
-----END ${label}-----
`;
}

// src/client/jks.ts
var MAGIC4 = 4277010157;
var SEAL = "Mighty Aphrodite";
var KEY_ENTRY = 1;
var CERTIFICATE_ENTRY = 2;
var DIGEST_BYTES = 20;
function isJks(bytes2) {
  return bytes2.length >= 12 && bytes2.readUInt32BE(0) === MAGIC4;
}
var sha1 = (...parts) => createHash2("sha1").update(Buffer.concat(parts)).digest();
function utf16(password) {
  return Buffer.from(password, "utf16le").swap16();
}
function readJks(bytes2, storePassword, keyPassword = storePassword) {
  if (storePassword !== void 0 && storePassword !== "") checkSeal(bytes2, storePassword);
  try {
    return readEntries(bytes2, keyPassword);
  } catch (error) {
    if (error instanceof RangeError) throw new StoreError("the JKS store is damaged");
    throw error;
  }
}
function checkSeal(bytes2, password) {
  const body = bytes2.subarray(0, -DIGEST_BYTES);
  const seal = sha1(utf16(password), Buffer.from(SEAL), body);
  if (!timingSafeEqual2(seal, bytes2.subarray(-DIGEST_BYTES))) {
    throw new StoreError("the password of the store is wrong, or the file is damaged");
  }
}
var Reader = class {
  bytes;
  position = 4;
  constructor(bytes2) {
    this.bytes = bytes2;
  }
  int() {
    this.position += 4;
    return this.bytes.readInt32BE(this.position - 4);
  }
  skip(count) {
    this.take(count);
  }
  take(length) {
    if (length < 0 || this.position + length > this.bytes.length) throw new RangeError("ends early");
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
  text() {
    const length = this.bytes.readUInt16BE(this.position);
    this.position += 2;
    return this.take(length).toString("utf8");
  }
};
function readEntries(bytes2, keyPassword) {
  const reader = new Reader(bytes2);
  const version = reader.int();
  if (version !== 1 && version !== 2) throw new StoreError(`a JKS store of version ${version}`);
  const certificate = () => {
    if (version === 2) reader.text();
    return reader.take(reader.int());
  };
  const store = { keys: [], certificates: [] };
  for (let left = reader.int(); left > 0; left--) {
    const kind = reader.int();
    const alias = reader.text();
    reader.skip(8);
    if (kind === CERTIFICATE_ENTRY) store.certificates.push(certificate());
    else if (kind === KEY_ENTRY) {
      const locked = reader.take(reader.int());
      const chain = Array.from({ length: reader.int() }, certificate);
      store.keys.push({ alias, chain, open: () => unlock(locked, alias, keyPassword) });
    } else throw new StoreError("the store has an entry that is neither key nor certificate");
  }
  return store;
}
function unlock(locked, alias, password) {
  if (password === void 0) throw new StoreError(`the key ${alias} needs a password`);
  const parts = readDer(locked).children;
  const data = parts[1]?.octets ?? Buffer.alloc(0);
  if (data.length <= 2 * DIGEST_BYTES) throw new StoreError(`the key ${alias} is damaged`);
  const secret = utf16(password);
  const plain = Buffer.from(data.subarray(DIGEST_BYTES, -DIGEST_BYTES));
  let block = data.subarray(0, DIGEST_BYTES);
  for (let at = 0; at < plain.length; at += DIGEST_BYTES) {
    block = sha1(secret, block);
    for (let i = 0; i < DIGEST_BYTES && at + i < plain.length; i++) plain[at + i] = plain[at + i] ^ block[i];
  }
  if (!timingSafeEqual2(sha1(secret, plain), data.subarray(-DIGEST_BYTES))) {
    throw new StoreError(`the password of the key ${alias} is wrong`);
  }
  return plain;
}

// src/client/pem.ts
var BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
function hasPem(text) {
  return text.includes("-----BEGIN ");
}
function readPem(text) {
  let certificates = "";
  let key2;
  for (const [block, label, body] of text.replaceAll("\\n", "\n").matchAll(BLOCK)) {
    const clean = body.includes(":") ? `${block}
` : armour(label, body.replaceAll(/\s+/g, ""));
    if (label === "CERTIFICATE" || label === "TRUSTED CERTIFICATE" || label === "X509 CERTIFICATE") {
      certificates += armour("CERTIFICATE", body.replaceAll(/\s+/g, ""));
    } else if (label.endsWith("PRIVATE KEY")) key2 ??= clean;
  }
  return { certificates, key: key2 };
}

// src/client/pkcs12.ts
import { createHmac as createHmac2, timingSafeEqual as timingSafeEqual3, X509Certificate } from "node:crypto";

// src/client/pkcs12-pbe.ts
import { createDecipheriv, createHash as createHash3, pbkdf2Sync } from "node:crypto";

// src/client/rc2.ts
var PI = Buffer.from(
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b255597312d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad",
  "hex"
);
var BLOCK_BYTES2 = 8;
var ROTATIONS = [1, 2, 3, 5];
function expand(key2) {
  const bytes2 = Buffer.alloc(128);
  key2.copy(bytes2);
  for (let i = key2.length; i < 128; i++) bytes2[i] = PI[bytes2[i - 1] + bytes2[i - key2.length] & 255];
  bytes2[128 - key2.length] = PI[bytes2[128 - key2.length]];
  for (let i = 127 - key2.length; i >= 0; i--) bytes2[i] = PI[bytes2[i + 1] ^ bytes2[i + key2.length]];
  return Uint16Array.from({ length: 64 }, (_, index) => bytes2.readUInt16LE(index * 2));
}
function mixBack(words, key2, round) {
  for (let i = 3; i >= 0; i--) {
    const turn = ROTATIONS[i];
    const word = words[i];
    const rotated = (word >>> turn | word << 16 - turn) & 65535;
    const [a, b2, c] = [words[(i + 3) % 4], words[(i + 2) % 4], words[(i + 1) % 4]];
    words[i] = rotated - key2[round * 4 + i] - (a & b2) - (~a & c);
  }
}
function mashBack(words, key2) {
  for (let i = 3; i >= 0; i--) words[i] = words[i] - key2[words[(i + 3) % 4] & 63];
}
function rc2CbcDecrypt(key2, iv, data) {
  if (data.length === 0 || data.length % BLOCK_BYTES2 !== 0) throw new RangeError("no RC2 blocks");
  const schedule = expand(key2);
  const plain = Buffer.alloc(data.length);
  for (let at = 0; at < data.length; at += BLOCK_BYTES2) {
    const words = Uint16Array.from([0, 2, 4, 6], (byte) => data.readUInt16LE(at + byte));
    for (let round = 15; round >= 0; round--) {
      mixBack(words, schedule, round);
      if (round === 11 || round === 5) mashBack(words, schedule);
    }
    const before = at === 0 ? iv : data.subarray(at - BLOCK_BYTES2, at);
    for (const [index, word] of words.entries()) {
      plain.writeUInt16LE(word ^ before.readUInt16LE(index * 2), at + index * 2);
    }
  }
  const padding = plain.at(-1);
  if (padding < 1 || padding > BLOCK_BYTES2 || !plain.subarray(-padding).every((byte) => byte === padding)) {
    throw new RangeError("wrong padding");
  }
  return plain.subarray(0, -padding);
}

// src/client/pkcs12-pbe.ts
var ITERATIONS_MAX = 1e7;
var SHA1 = { name: "sha1", bytes: 20, blockBytes: 64 };
var SHA224 = { name: "sha224", bytes: 28, blockBytes: 64 };
var SHA256 = { name: "sha256", bytes: 32, blockBytes: 64 };
var SHA384 = { name: "sha384", bytes: 48, blockBytes: 128 };
var SHA512 = { name: "sha512", bytes: 64, blockBytes: 128 };
var DIGESTS = {
  "1.3.14.3.2.26": SHA1,
  "2.16.840.1.101.3.4.2.4": SHA224,
  "2.16.840.1.101.3.4.2.1": SHA256,
  "2.16.840.1.101.3.4.2.2": SHA384,
  "2.16.840.1.101.3.4.2.3": SHA512,
  "1.2.840.113549.2.7": SHA1,
  "1.2.840.113549.2.8": SHA224,
  "1.2.840.113549.2.9": SHA256,
  "1.2.840.113549.2.10": SHA384,
  "1.2.840.113549.2.11": SHA512
};
function digestOf(oid) {
  const digest = DIGESTS[oid];
  if (digest === void 0) throw new StoreError(`the PKCS12 store uses a hash that is not known: ${oid}`);
  return digest;
}
var CIPHERS = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24 }
};
var PBES2 = "1.2.840.113549.1.5.13";
var OLD_SCHEMES = {
  "1.2.840.113549.1.12.1.3": { cipher: "des-ede3-cbc", keyBytes: 24 },
  "1.2.840.113549.1.12.1.4": { cipher: "des-ede-cbc", keyBytes: 16 },
  "1.2.840.113549.1.12.1.5": { cipher: "rc2", keyBytes: 16 },
  "1.2.840.113549.1.12.1.6": { cipher: "rc2", keyBytes: 5 }
};
function decryptPbe(algorithm, data, password) {
  const scheme = algorithm.child(0).oid;
  const parameters = algorithm.child(1);
  if (scheme === PBES2) {
    const cipher = CIPHERS[parameters.child(1).child(0).oid];
    if (cipher === void 0) throw new StoreError("the PKCS12 store uses a cipher that is not known");
    const key3 = pbkdf2Key(parameters.child(0), password, cipher.keyBytes);
    return decrypted(cipher.name, key3, parameters.child(1).child(1).octets, data);
  }
  const old = OLD_SCHEMES[scheme];
  if (old === void 0) throw new StoreError(`the PKCS12 store uses a scheme that is not supported: ${scheme}`);
  const salt = parameters.child(0).octets;
  const iterations = parameters.child(1).integer;
  const key2 = pkcs12Key(SHA1, 1, password, salt, iterations, old.keyBytes);
  const iv = pkcs12Key(SHA1, 2, password, salt, iterations, 8);
  return old.cipher === "rc2" ? rc2CbcDecrypt(key2, iv, data) : decrypted(old.cipher, key2, iv, data);
}
function decrypted(cipher, key2, iv, data) {
  const decipher = createDecipheriv(cipher, key2, iv);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}
function pbkdf2Key(algorithm, password, keyBytes) {
  const [salt, iterations, ...rest] = algorithm.child(1).children;
  const length = rest.find((node2) => node2.tag === 2)?.integer ?? keyBytes;
  const prf = rest.find((node2) => node2.tag === 48);
  const hash = prf === void 0 ? SHA1 : digestOf(prf.child(0).oid);
  return pbkdf2Sync(password, salt.octets, bounded(iterations.integer), length, hash.name);
}
function bounded(iterations) {
  if (iterations < 1 || iterations > ITERATIONS_MAX) throw new StoreError("the PKCS12 store wants too many iterations");
  return iterations;
}
function pkcs12Key(hash, purpose, password, salt, iterations, length) {
  const rounds = bounded(iterations);
  const block = hash.blockBytes;
  const secret = Buffer.from(`${password}\0`, "utf16le").swap16();
  const diversifier = Buffer.alloc(block, purpose);
  const input = Buffer.concat([repeated(salt, block), repeated(secret, block)]);
  const output = [];
  for (let bytes2 = 0; bytes2 < length; bytes2 += hash.bytes) {
    let digest = createHash3(hash.name).update(diversifier).update(input).digest();
    for (let round = 1; round < rounds; round++) digest = createHash3(hash.name).update(digest).digest();
    output.push(digest);
    addToBlocks(input, repeated(digest, block).subarray(0, block), block);
  }
  return Buffer.concat(output).subarray(0, length);
}
function repeated(bytes2, block) {
  if (bytes2.length === 0) return bytes2;
  return Buffer.alloc(block * Math.ceil(bytes2.length / block), bytes2);
}
function addToBlocks(blocks, addend, block) {
  for (let start = 0; start < blocks.length; start += block) {
    let carry = 1;
    for (let i = block - 1; i >= 0; i--) {
      carry += blocks[start + i] + addend[i];
      blocks[start + i] = carry & 255;
      carry >>= 8;
    }
  }
}

// src/client/pkcs12.ts
var OID = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  keyBag: "1.2.840.113549.1.12.10.1.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certBag: "1.2.840.113549.1.12.10.1.3",
  safeContentsBag: "1.2.840.113549.1.12.10.1.6",
  x509: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
  pbmac1: "1.2.840.113549.1.5.14"
};
function isPkcs12(bytes2) {
  return bytes2[0] === DER.sequence && bytes2.subarray(1, 12).includes(Buffer.from([2, 1, 3]));
}
function readPkcs12(bytes2, password, keyPassword = password) {
  try {
    return new Store(readDer(bytes2), password ?? "", keyPassword ?? "").read();
  } catch (error) {
    if (error instanceof RangeError) throw new StoreError("the PKCS12 store is damaged");
    throw error;
  }
}
var Store = class {
  #root;
  #password;
  #keyPassword;
  #keys = [];
  #certificates = [];
  constructor(root, password, keyPassword) {
    this.#root = root;
    this.#password = password;
    this.#keyPassword = keyPassword;
  }
  read() {
    const [, content, mac] = this.#root.children;
    if (content === void 0 || content.child(0).oid !== OID.data) {
      throw new StoreError("the PKCS12 store is sealed with a public key, which is not supported");
    }
    const safe = content.child(1).child(0).octets;
    if (mac !== void 0) checkMac(mac, safe, this.#password);
    for (const part of readDer(safe).children) this.#readContents(part);
    return this.#result();
  }
  #readContents(part) {
    const kind = part.child(0).oid;
    const content = part.child(1).child(0);
    if (kind === OID.data) this.#readBags(readDer(content.octets));
    else if (kind === OID.encryptedData) {
      const encrypted = content.child(1);
      this.#readBags(readDer(decrypt(encrypted.child(1), encrypted.child(2).octets, this.#password)));
    } else throw new StoreError(`the PKCS12 store has content of kind ${kind}`);
  }
  #readBags(contents) {
    for (const bag of contents.children) {
      const value = bag.child(1).child(0);
      const names = attributesOf(bag.children[2]);
      switch (bag.child(0).oid) {
        case OID.certBag:
          if (value.child(0).oid === OID.x509)
            this.#certificates.push({ ...names, der: value.child(1).child(0).octets });
          break;
        case OID.keyBag:
          this.#keys.push({ ...names, open: () => value.raw });
          break;
        case OID.shroudedKeyBag:
          this.#keys.push({
            ...names,
            open: () => decrypt(value.child(0), value.child(1).octets, this.#keyPassword)
          });
          break;
        case OID.safeContentsBag:
          this.#readBags(value);
      }
    }
  }
  /** A key's certificate has the same local id; its issuers follow. What belongs to no key is trusted. */
  #result() {
    const own = /* @__PURE__ */ new Set();
    const keys = this.#keys.map(({ alias, keyId, open }) => {
      const mine = this.#certificates.find((one) => keyId !== void 0 && one.keyId === keyId) ?? this.#certificates[0];
      if (mine === void 0) return { alias, chain: [], open };
      own.add(mine.der);
      return {
        alias,
        chain: chainFrom(
          mine.der,
          this.#certificates.map(({ der }) => der)
        ),
        open
      };
    });
    return { keys, certificates: this.#certificates.map(({ der }) => der).filter((der) => !own.has(der)) };
  }
};
function chainFrom(leaf, store) {
  const known = store.map((der) => ({ der, parsed: new X509Certificate(der) }));
  const chain = [leaf];
  for (let last = new X509Certificate(leaf); chain.length <= store.length; ) {
    const issuer = known.find(({ parsed }) => last.issuer === parsed.subject && last.checkIssued(parsed));
    if (issuer === void 0 || chain.some((one) => one.equals(issuer.der))) break;
    chain.push(issuer.der);
    last = issuer.parsed;
  }
  return chain;
}
function decrypt(algorithm, data, password) {
  try {
    return decryptPbe(algorithm, data, password);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("the password of the store or of its key is wrong");
  }
}
function attributesOf(set) {
  let alias = "";
  let keyId;
  for (const attribute2 of set?.children ?? []) {
    const value = attribute2.child(1).children[0];
    if (value === void 0) continue;
    const kind = attribute2.child(0).oid;
    if (kind === OID.friendlyName) alias = Buffer.from(value.contents).swap16().toString("utf16le");
    if (kind === OID.localKeyId) keyId = value.octets.toString("hex");
  }
  return { alias, keyId };
}
function checkMac(mac, safe, password) {
  const [info, salt, iterations] = mac.children;
  const algorithm = info.child(0);
  const expected = info.child(1).octets;
  const actual = algorithm.child(0).oid === OID.pbmac1 ? pbmac1(algorithm.child(1), safe, password) : classicMac(algorithm, salt.octets, iterations?.integer ?? 1, safe, password);
  if (actual.length !== expected.length || !timingSafeEqual3(actual, expected)) {
    throw new StoreError(
      password === "" ? "the store needs its password" : "the password of the store is wrong, or the file is damaged"
    );
  }
}
function classicMac(algorithm, salt, iterations, safe, password) {
  const hash = digestOf(algorithm.child(0).oid);
  return createHmac2(hash.name, pkcs12Key(hash, 3, password, salt, iterations, hash.bytes)).update(safe).digest();
}
function pbmac1(parameters, safe, password) {
  const hash = digestOf(parameters.child(1).child(0).oid);
  return createHmac2(hash.name, pbkdf2Key(parameters.child(0), password, hash.bytes)).update(safe).digest();
}

// src/client/tls-options.ts
function tlsOptions(properties, readFile) {
  const options = {
    rejectUnauthorized: properties["enable.ssl.certificate.verification"]?.trim() !== "false",
    verifyHostname: !["", "none"].includes(properties["ssl.endpoint.identification.algorithm"]?.trim() ?? "https")
  };
  const ca = trustedCertificates(properties, readFile);
  if (ca !== void 0) options.ca = ca;
  addIdentity(options, properties, readFile);
  addVersions(options, properties);
  try {
    secureContext(options);
  } catch (error) {
    const what = options.cert === void 0 ? "the trusted certificates" : "the certificate and its private key";
    throw new ConfigError("ssl", `${what} cannot be used: ${error.message}`);
  }
  return options;
}
function secureContext({ ca, cert, key: key2, minVersion, maxVersion }) {
  const trusted = ca ?? trustedByDefault();
  return createSecureContext({
    ...trusted === void 0 ? {} : { ca: trusted },
    ...cert === void 0 ? {} : { cert },
    ...key2 === void 0 ? {} : { key: key2 },
    ...minVersion === void 0 ? {} : { minVersion },
    ...maxVersion === void 0 ? {} : { maxVersion }
  });
}
function trustedCertificates(properties, readFile) {
  const inline = properties["ssl.truststore.certificates"] ?? properties["ssl.ca.pem"];
  if (inline !== void 0) return certificatesOf("ssl.truststore.certificates", "the value", inline);
  const caFile = properties["ssl.ca.location"];
  if (caFile !== void 0 && caFile !== "") {
    return certificatesOf("ssl.ca.location", caFile, readFile("ssl.ca.location", caFile).toString("latin1"));
  }
  const key2 = "ssl.truststore.location";
  const path = properties[key2];
  if (path === void 0 || path === "") return void 0;
  const bytes2 = readFile(key2, path);
  const store = readStore(key2, path, bytes2, properties["ssl.truststore.password"], void 0);
  if (store === void 0) return certificatesOf(key2, path, bytes2.toString("latin1"));
  const certificates = [...store.certificates, ...store.keys.flatMap(({ chain }) => chain.slice(-1))];
  if (certificates.length === 0) throw new ConfigError(key2, `${key2}: ${path} holds no certificate`);
  return certificatesPem(certificates);
}
function certificatesOf(key2, where, text) {
  const { certificates } = readPem(text);
  if (certificates !== "") return certificates;
  throw new ConfigError(
    key2,
    `${key2}: ${where} holds no PEM certificate`,
    "It begins with -----BEGIN CERTIFICATE-----; a JKS or PKCS12 store goes to ssl.truststore.location."
  );
}
function addIdentity(options, properties, readFile) {
  const keyPassword = properties["ssl.key.password"] ?? properties["ssl.keystore.password"];
  const chain = properties["ssl.keystore.certificate.chain"] ?? properties["ssl.certificate.pem"];
  const key2 = properties["ssl.keystore.key"] ?? properties["ssl.key.pem"];
  if (chain !== void 0 && key2 !== void 0) {
    options.cert = certificatesOf("ssl.keystore.certificate.chain", "the value", chain);
    options.key = openPem("ssl.keystore.key", key2, keyPassword);
    return;
  }
  const certFile = properties["ssl.certificate.location"];
  const keyFile = properties["ssl.key.location"];
  if (certFile !== void 0 && keyFile !== void 0) {
    const name2 = "ssl.certificate.location";
    options.cert = certificatesOf(name2, certFile, readFile(name2, certFile).toString("latin1"));
    options.key = openPem("ssl.key.location", readFile("ssl.key.location", keyFile).toString("latin1"), keyPassword);
    return;
  }
  const name = "ssl.keystore.location";
  const path = properties[name];
  if (path === void 0 || path === "") return;
  const bytes2 = readFile(name, path);
  const store = readStore(name, path, bytes2, properties["ssl.keystore.password"], properties["ssl.key.password"]);
  if (store === void 0) {
    const text = bytes2.toString("latin1");
    options.cert = certificatesOf(name, path, text);
    options.key = openPem(name, text, keyPassword);
    return;
  }
  const own = store.keys[0];
  if (own === void 0) throw new ConfigError(name, `${name}: ${path} holds no private key`);
  options.cert = certificatesPem(own.chain);
  options.key = named(name, path, () => keyPem(own.open()));
}
function openPem(key2, text, password) {
  const found = readPem(text).key;
  if (found === void 0) throw new ConfigError(key2, `${key2}: there is no PEM private key`);
  const isLocked = found.includes("ENCRYPTED");
  if (isLocked && (password === void 0 || password === "")) {
    throw new ConfigError(key2, `${key2}: the private key is encrypted`, "Set ssl.key.password.");
  }
  try {
    return createPrivateKey2({ key: found, ...isLocked ? { passphrase: password } : {} }).export({
      format: "pem",
      type: "pkcs8"
    });
  } catch {
    const reason = isLocked ? "ssl.key.password does not open the private key" : "the private key cannot be read";
    throw new ConfigError(key2, `${key2}: ${reason}`);
  }
}
function readStore(key2, path, bytes2, password, keyPassword) {
  if (isJks(bytes2)) return named(key2, path, () => readJks(bytes2, password, keyPassword ?? password));
  if (isPkcs12(bytes2)) return named(key2, path, () => readPkcs12(bytes2, password, keyPassword ?? password));
  if (hasPem(bytes2.toString("latin1"))) return void 0;
  throw new ConfigError(key2, `${key2}: ${path} is neither PEM nor PKCS12 nor JKS`);
}
function named(key2, path, read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ConfigError(
      key2,
      `${key2}: ${path}: ${error.message}`,
      error.message.includes("password") ? `Check ${key2.replace(".location", ".password")}.` : void 0
    );
  }
}
function addVersions(options, properties) {
  const text = properties["ssl.enabled.protocols"];
  if (text === void 0 || text.trim() === "") return;
  const known = ["TLSv1.2", "TLSv1.3"];
  const wanted2 = known.filter((version) => text.split(",").some((one) => one.trim() === version));
  const [first] = wanted2;
  if (first === void 0) {
    throw new ConfigError("ssl.enabled.protocols", `ssl.enabled.protocols is ${text}`, "Known: TLSv1.2, TLSv1.3.");
  }
  options.minVersion = first;
  options.maxVersion = wanted2.at(-1);
}

// src/client/socket.ts
var contexts = /* @__PURE__ */ new WeakMap();
function peerText({ host, port: port2 }) {
  return host.includes(":") ? `[${host}]:${port2}` : `${host}:${port2}`;
}
function openSocket(address, security, timeoutMs) {
  const peer = peerText(address);
  return new Promise((resolve, reject) => {
    const socket = security === null ? net.connect({ ...address, noDelay: true }) : connectTls(address, security);
    const fail = (error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(connectTimeout(peer)), timeoutMs);
    const onError = (error) => fail(handshakeFailure(peer, error, security !== null));
    const onClose = () => fail(handshakeFailure(peer, { code: "ECONNRESET" }, security !== null));
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once(security === null ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      socket.off("close", onClose);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
function handshakeFailure(peer, error, security) {
  if (!security || error.code !== "ECONNRESET") return socketFailure(peer, error, security);
  return new ConnectionError("tls", peer, `${peer} ended the connection during the TLS handshake`, {
    hint: "Is this a TLS listener? If not, use security.protocol=PLAINTEXT or SASL_PLAINTEXT.",
    cause: error
  });
}
function connectTls(address, security) {
  let context = contexts.get(security);
  if (context === void 0) {
    context = secureContext(security);
    contexts.set(security, context);
  }
  return tls.connect({
    ...address,
    secureContext: context,
    rejectUnauthorized: security.rejectUnauthorized,
    ...net.isIP(address.host) === 0 ? { servername: address.host } : {},
    ...security.verifyHostname ? {} : { checkServerIdentity: () => void 0 }
  });
}

// src/client/connection.ts
var RENEWAL_PAUSE_MS = 1050;
var SOFTWARE = { clientSoftwareName: "mq", clientSoftwareVersion: "0.1.0" };
var ClientConnection = class _ClientConnection {
  peer;
  #socket;
  #options;
  #pending = /* @__PURE__ */ new Map();
  #ranges = /* @__PURE__ */ new Map();
  #frames;
  #nextCorrelation = 1;
  #answered = false;
  #failure;
  /** When the login must be renewed (KIP-368), on the clock of performance.now(). */
  #renewAtMs = Number.POSITIVE_INFINITY;
  /** When the last login began. */
  #loginAtMs = 0;
  /** Requests that wait for the renewal, in order; undefined while there is none under way. */
  #held;
  constructor(peer, socket, options) {
    this.peer = peer;
    this.#socket = socket;
    this.#options = options;
    this.#frames = new FrameReader(peer, options.tls !== null, options.recyclesFrames);
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(socketFailure(peer, error, options.tls !== null)));
    socket.on("close", () => this.#fail(this.#closedReason()));
  }
  /** Connects, negotiates and authenticates. Rejects with ConnectionError, or MqError for a refused login. */
  static async open(address, options) {
    const socket = await openSocket(address, options.tls, options.connectTimeoutMs);
    const connection = new _ClientConnection(peerText(address), socket, options);
    try {
      await connection.#negotiate();
      await connection.#login();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
  get closed() {
    return this.#failure !== void 0;
  }
  /** The highest version of `api` that both sides have within the limits; undefined when there is none. */
  version(api2, limits = {}) {
    const offered = this.#ranges.get(api2);
    if (offered === void 0) return void 0;
    const max = Math.min(offered.max, apis[api2].max, limits.maxVersion ?? Number.POSITIVE_INFINITY);
    const min = Math.max(offered.min, apis[api2].min, limits.minVersion ?? 0);
    return max >= min ? max : void 0;
  }
  /** What the broker offers of each API known here. */
  get offered() {
    return this.#ranges;
  }
  /** Sends a request in the highest common version. Rejects with ApiError UNSUPPORTED_VERSION when there is none. */
  call(api2, body, limits = {}) {
    const version = this.version(api2, limits);
    if (version === void 0) return Promise.reject(this.#unsupported(api2, limits));
    if (this.#held === void 0 && performance.now() >= this.#renewAtMs) this.#renewLogin();
    const held = this.#held;
    if (held === void 0) return this.request(api2, version, body);
    return new Promise((resolve, reject) => {
      held.push(() => this.request(api2, version, body).then(resolve, reject));
    });
  }
  /**
   * Sends a request that has no answer (Produce with acks 0): resolves when the socket has taken it, waiting for room when
   * the peer reads slowly.
   */
  async post(api2, body, limits = {}) {
    const version = this.version(api2, limits);
    if (version === void 0) throw this.#unsupported(api2, limits);
    if (this.#held === void 0 && performance.now() >= this.#renewAtMs) this.#renewLogin();
    const held = this.#held;
    if (held !== void 0) await new Promise((resolve) => held.push(resolve));
    if (this.#failure !== void 0) throw this.#failure;
    const frame = encodeRequestFrame(api2, version, { correlationId: 0, clientId: this.#options.clientId }, body);
    await new Promise((resolve, reject) => {
      this.#socket.write(Buffer.concat(frame), (error) => {
        if (error) reject(socketFailure(this.peer, error, this.#options.tls !== null));
        else resolve();
      });
    });
  }
  /** Sends a request in one version. Rejects when the connection ends or the request timeout passes. */
  request(api2, version, body) {
    if (this.#failure !== void 0) return Promise.reject(this.#failure);
    const correlationId = this.#nextCorrelation;
    this.#nextCorrelation = correlationId === 2147483647 ? 1 : correlationId + 1;
    const frame = encodeRequestFrame(api2, version, { correlationId, clientId: this.#options.clientId }, body);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#timeOut(api2), this.#options.requestTimeoutMs);
      this.#pending.set(correlationId, { api: api2, version, timer, resolve, reject });
      this.#socket.cork();
      for (const chunk of frame) this.#socket.write(chunk);
      this.#socket.uncork();
    });
  }
  /** Ends the connection; waiting requests fail. */
  close() {
    this.#fail(new ConnectionError("closed", this.peer, `the connection to ${this.peer} was closed`));
  }
  async #negotiate() {
    let answer = await this.request("ApiVersions", apis.ApiVersions.max, SOFTWARE);
    if (errorName(answer.errorCode) === "UNSUPPORTED_VERSION") {
      const range = answer.apiKeys.find((entry) => entry.apiKey === apis.ApiVersions.key);
      answer = await this.request("ApiVersions", Math.min(range?.maxVersion ?? 0, apis.ApiVersions.max), SOFTWARE);
    }
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode));
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) {
      const name = apiNameOf(apiKey);
      if (name !== void 0) this.#ranges.set(name, { min: minVersion, max: maxVersion });
    }
  }
  async #login() {
    const { sasl } = this.#options;
    if (sasl === null) return;
    if (!this.#ranges.has("SaslHandshake")) {
      throw this.#noLogin();
    }
    this.#loginAtMs = performance.now();
    const handshakeVersion = this.#loginVersion("SaslHandshake", 1);
    const authenticateVersion = this.#loginVersion("SaslAuthenticate", 0);
    const handshake = await this.request("SaslHandshake", handshakeVersion, { mechanism: sasl.mechanism });
    if (errorName(handshake.errorCode) === "ILLEGAL_SASL_STATE") throw this.#noLogin();
    if (handshake.errorCode !== 0) {
      throw new MqError("MQ_AUTHENTICATION", `${this.peer} does not offer the SASL mechanism ${sasl.mechanism}`, {
        hint: `It offers: ${handshake.mechanisms.join(", ") || "none"}.`
      });
    }
    let sessionMs = 0;
    await authenticate(sasl, async (token) => {
      const answer = await this.request("SaslAuthenticate", authenticateVersion, { authBytes: token });
      if (answer.errorCode !== 0) throw this.#refused(sasl, answer.errorMessage);
      sessionMs = answer.sessionLifetimeMs;
      return answer.authBytes;
    });
    this.#renewAtMs = sessionMs > 0 ? performance.now() + sessionMs * 0.85 : Number.POSITIVE_INFINITY;
  }
  /** Logs in again on this connection; requests wait meanwhile, since the broker takes no others then. */
  #renewLogin() {
    const held = [];
    this.#held = held;
    const done = () => {
      this.#held = void 0;
      for (const send of held) send();
    };
    const waitMs = this.#loginAtMs + RENEWAL_PAUSE_MS - performance.now();
    const paused = waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : Promise.resolve();
    const renewed = paused.then(() => this.#login());
    renewed.then(done, (error) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      done();
    });
  }
  #loginVersion(api2, minVersion) {
    const version = this.version(api2, { minVersion });
    if (version === void 0) throw this.#unsupported(api2, { minVersion });
    return version;
  }
  #noLogin() {
    return new MqError("MQ_AUTHENTICATION", `${this.peer} takes no SASL login`, {
      hint: "This listener looks like PLAINTEXT or SSL: check security.protocol and the port."
    });
  }
  #refused(sasl, reason) {
    const who = sasl.mechanism === "OAUTHBEARER" ? "the token" : `the login of user ${sasl.username}`;
    const check = sasl.mechanism === "OAUTHBEARER" ? "Check the token: who issued it, for whom, and until when." : "Check user name and password, and that the user exists for this mechanism.";
    const said = reason === null || reason === "" ? "" : `: ${reason}`;
    return new MqError("MQ_AUTHENTICATION", `${this.peer} refused ${who} (${sasl.mechanism})${said}`, { hint: check });
  }
  #unsupported(api2, limits) {
    const offered = this.#ranges.get(api2);
    const has = offered === void 0 ? "does not offer it" : `offers versions ${offered.min} to ${offered.max}`;
    const isController = this.#ranges.size > 0 && !this.#ranges.has("Metadata");
    if (api2 === "Metadata" && isController) {
      return new ApiError("UNSUPPORTED_VERSION", `${this.peer} is a controller, and this is a question for brokers`, {
        hint: "Give a broker with --bootstrap-server; what controllers can answer goes through --bootstrap-controller."
      });
    }
    const wants = `${Math.max(apis[api2].min, limits.minVersion ?? 0)} to ${Math.min(apis[api2].max, limits.maxVersion ?? 999)}`;
    return new ApiError(
      "UNSUPPORTED_VERSION",
      `${this.peer} cannot answer ${api2}: it ${has}, mq needs one of ${wants}`,
      {
        hint: "The cluster may run an older Kafka, or this listener may be a controller (or not be one)."
      }
    );
  }
  #receive(chunk) {
    try {
      for (const frame of this.#frames.push(chunk)) this.#answer(frame);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }
  #answer(frame) {
    const [entry] = this.#pending;
    if (entry === void 0) throw new ProtocolError(`${this.peer} sent an answer that nobody asked for`, 0);
    const [correlationId, pending] = entry;
    if (frame.length < 4 || frame.readInt32BE(0) !== correlationId) {
      throw this.#answered ? new ProtocolError(`${this.peer} answered out of order`, 0) : new ConnectionError("not-kafka", this.peer, `${this.peer} does not answer like a Kafka broker`);
    }
    this.#answered = true;
    this.#pending.delete(correlationId);
    clearTimeout(pending.timer);
    try {
      pending.resolve(decodeResponseFrame(pending.api, pending.version, frame).body);
    } catch (error) {
      pending.reject(error);
      throw error;
    }
  }
  #timeOut(api2) {
    const seconds = this.#options.requestTimeoutMs / 1e3;
    const hint = this.#answered ? void 0 : "Is it a Kafka broker? A TLS listener may also stay silent: security.protocol=SSL.";
    this.#fail(
      new ConnectionError("timeout", this.peer, `${this.peer} did not answer ${api2} within ${seconds}s`, {
        ...hint === void 0 ? {} : { hint }
      })
    );
  }
  #closedReason() {
    const [first] = this.#pending.values();
    return closedEarly(this.peer, first?.api ?? "a request", !this.#answered);
  }
  #fail(error) {
    if (this.#failure !== void 0) return;
    this.#failure = error;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.#pending.clear();
  }
};

// src/client/pace.ts
var WAIT_MIN_MS = 5;
var CREDIT_MS = 1e3;
var Pace = class {
  #limit;
  #countsRecords;
  #fromMs = performance.now();
  #taken = 0;
  constructor(rate) {
    this.#countsRecords = "recordsPerSecond" in rate;
    this.#limit = "recordsPerSecond" in rate ? rate.recordsPerSecond : rate.bytesPerSecond;
  }
  /** Counts one record of `bytes` bytes; how many ms to wait before the next one. */
  take(bytes2) {
    this.#taken += this.#countsRecords ? 1 : bytes2;
    const aheadMs = this.#taken / this.#limit * 1e3 - (performance.now() - this.#fromMs);
    if (aheadMs < -CREDIT_MS) {
      this.#fromMs = performance.now();
      this.#taken = 0;
    }
    return aheadMs > WAIT_MIN_MS ? aheadMs : 0;
  }
};

// src/client/partitioner.ts
var STICKY_BYTES = 16 << 10;
function murmur2(bytes2) {
  const m = 1540483477;
  const length = bytes2.length;
  let hash = 2538058380 ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = bytes2[at] | bytes2[at + 1] << 8 | bytes2[at + 2] << 16 | bytes2[at + 3] << 24;
    word = Math.imul(word, m);
    word ^= word >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(word, m);
  }
  const rest = length - at;
  if (rest >= 3) hash ^= bytes2[at + 2] << 16;
  if (rest >= 2) hash ^= bytes2[at + 1] << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes2[at], m);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, m);
  return hash ^ hash >>> 15;
}
function partitionOfKey(key2, count) {
  return (murmur2(key2) & 2147483647) % count;
}
var Partitioner = class {
  #count;
  #chance;
  #isLed;
  #sticky;
  #stickyBytes = 0;
  constructor(count, { chance = Math.random, isLed = () => true } = {}) {
    this.#count = count;
    this.#chance = chance;
    this.#isLed = isLed;
    this.#sticky = this.#draw();
  }
  /** The partition of a record with this key that takes `bytes` bytes. */
  of(key2, bytes2) {
    if (key2 !== null) return partitionOfKey(key2, this.#count);
    if (!this.#isLed(this.#sticky)) this.#change();
    const partition = this.#sticky;
    this.#stickyBytes += bytes2;
    if (this.#stickyBytes >= STICKY_BYTES) this.#change();
    return partition;
  }
  /** Another one from now on. */
  #change() {
    this.#sticky = this.#draw();
    this.#stickyBytes = 0;
  }
  /** Among those with a leader; among all where none has one. */
  #draw() {
    const first = Math.floor(this.#chance() * this.#count);
    if (this.#isLed(first)) return first;
    const led = Array.from({ length: this.#count }, (_, partition) => partition).filter(this.#isLed);
    return led[Math.floor(this.#chance() * led.length)] ?? first;
  }
};

// src/client/producer-queue.ts
var RECORD_OVERHEAD = 24;
function sizeOf(record) {
  let bytes2 = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key: key2, value } of record.headers ?? []) bytes2 += 8 + key2.length * 3 + (value?.length ?? 0);
  return bytes2;
}
var Batch = class _Batch {
  records;
  bytes;
  /** Number of the first record in its partition: its place in the order, and its sequence number. */
  first;
  firstSentMs;
  #encoded;
  constructor(first, records2 = [], bytes2 = 0) {
    this.first = first;
    this.records = records2;
    this.bytes = bytes2;
  }
  encode(compression, identity) {
    this.#encoded ??= encodeBatch(
      identity === void 0 ? { compression } : { compression, ...identity, baseSequence: this.first % 2 ** 31 },
      this.records
    );
    return this.#encoded;
  }
  /** How many records it has. */
  get count() {
    return this.records.length;
  }
  /** Bytes of their keys and values. */
  get payloadBytes() {
    return this.records.reduce((sum, { key: key2, value }) => sum + (key2?.length ?? 0) + (value?.length ?? 0), 0);
  }
  /** Two batches of half the records, whose sequence numbers follow each other as before. */
  halves() {
    const middle = this.records.length >> 1;
    const parts = [this.records.slice(0, middle), this.records.slice(middle)];
    const [left, right] = parts.map((records2) => records2.reduce((sum, record) => sum + sizeOf(record), 0));
    const halves = [
      new _Batch(this.first, parts[0], left),
      new _Batch(this.first + middle, parts[1], right)
    ];
    for (const half of halves) half.firstSentMs = this.firstSentMs;
    return halves;
  }
};
var PartitionQueue = class {
  partition;
  leader;
  /** A batch is closed at this size; smaller once a broker found one too large. */
  batchBytes;
  sent = [];
  #filling;
  #waiting = [];
  #failed = [];
  #next = 0;
  constructor(partition, leader, batchBytes) {
    this.partition = partition;
    this.leader = leader;
    this.batchBytes = batchBytes;
  }
  /** Puts a record into the batch that fills; true when a batch is ready to go. */
  add(record, bytes2, recordsMax) {
    let ready = false;
    if (this.#filling !== void 0 && this.#filling.bytes + bytes2 > this.batchBytes) {
      this.close();
      ready = true;
    }
    this.#filling ??= new Batch(this.#next);
    this.#filling.records.push(record);
    this.#filling.bytes += bytes2;
    this.#next++;
    if (this.#filling.bytes >= this.batchBytes || this.#filling.records.length >= recordsMax) {
      this.close();
      ready = true;
    }
    return ready;
  }
  /** The batch that fills waits to be sent now. */
  close() {
    if (this.#filling === void 0) return;
    this.#waiting.push(this.#filling);
    this.#filling = void 0;
  }
  get isEmpty() {
    return this.#filling === void 0 && this.#waiting.length + this.sent.length + this.#failed.length === 0;
  }
  get hasFailed() {
    return this.#failed.length > 0;
  }
  /** Whether a batch fills and nothing else is under way: it may as well go. */
  get isIdle() {
    return this.#filling !== void 0 && this.#waiting.length + this.sent.length + this.#failed.length === 0;
  }
  /** The number that the first record of a batch gets which is made elsewhere, of `count` records; `addBatch` follows. */
  reserve(count) {
    const first = this.#next;
    this.#next += count;
    return first;
  }
  /** Puts a batch in line whose first number is from `reserve`. */
  addBatch(batch) {
    this.#waiting.push(batch);
  }
  /** The batch to send next, without taking it; undefined while none may go. */
  peek(sentMax) {
    if (this.#failed.length > 0 || this.sent.length >= sentMax) return void 0;
    return this.#waiting[0];
  }
  /** Takes what `peek` showed. */
  take() {
    const batch = this.#waiting.shift();
    if (batch !== void 0) this.sent.push(batch);
  }
  /** An answer came for this batch. */
  settle(batch) {
    const at = this.sent.indexOf(batch);
    if (at >= 0) this.sent.splice(at, 1);
  }
  /** This batch, settled before, is to be sent again. */
  giveBack(batch) {
    this.#failed.push(batch);
    this.#failed.sort((a, b2) => a.first - b2.first);
  }
  /** What came back goes first again, once everything sent has been answered; true when it does. */
  requeue() {
    if (this.#failed.length === 0 || this.sent.length > 0) return false;
    this.#waiting = [...this.#failed, ...this.#waiting];
    this.#failed = [];
    return true;
  }
  /** Whether a batch before this one is not acknowledged. */
  hasBefore(batch) {
    return [...this.sent, ...this.#failed].some((one) => one.first < batch.first);
  }
  /** The first line that is not acknowledged; undefined when all are. */
  get firstOpenLine() {
    const batches = [...this.#failed, ...this.sent, ...this.#waiting, ...this.#filling ? [this.#filling] : []];
    const lines = batches.map((batch) => batch.records[0]?.line ?? 0);
    return lines.length === 0 ? void 0 : Math.min(...lines);
  }
};

// src/client/producer-failure.ts
function isWorthSending(error) {
  if (error instanceof ApiError) return error.retriable;
  if (error instanceof MqError && error.code === "MQ_UNKNOWN_BROKER") return true;
  return error instanceof ConnectionError && error.retriable;
}
function noLeader(topic2, batches) {
  const places = batches.map(([{ partition }]) => `${topic2}-${partition}`);
  return new ApiError(
    "LEADER_NOT_AVAILABLE",
    `${places.join(", ")} ${places.length === 1 ? "has" : "have"} no leader`,
    {
      hint: "mq topics describe --unavailable shows which brokers hold their replicas"
    }
  );
}
function goneTopic(topic2) {
  return new ApiError("UNKNOWN_TOPIC_OR_PARTITION", `topic ${topic2} is gone: it was deleted while records were sent`);
}
function batchFailure(topic2, queue, batch, error, answer) {
  const place = `${topic2}-${queue.partition}`;
  if (error === "MESSAGE_TOO_LARGE" || error === "RECORD_LIST_TOO_LARGE") return tooLarge2(place, batch, error);
  const [wrong] = answer?.recordErrors ?? [];
  const line = batch.records[wrong?.batchIndex ?? -1]?.line ?? onlyLine(batch);
  const reason = wrong?.batchIndexErrorMessage ?? answer?.errorMessage ?? errorMessage(error);
  const hint = HINTS[error];
  return new ApiError(error, `${line === void 0 ? "" : `line ${line}: `}${place}: ${reason}`, {
    ...hint === void 0 ? {} : { hint }
  });
}
function onlyLine(batch) {
  return batch.records.length === 1 ? batch.records[0].line : void 0;
}
function tooLarge2(place, batch, error) {
  const [record] = batch.records;
  const what = record === void 0 ? `a record of about ${batch.bytes} bytes` : `line ${record.line}: a record of about ${sizeOf(record)} bytes`;
  return new ApiError(error, `${what} is too large for ${place}`, {
    hint: "max.message.bytes of the topic is the limit (mq config set --topic); --compression may bring it below."
  });
}
var HINTS = {
  INVALID_RECORD: "A compacted topic wants a key in every record: --key-separator, or key in the JSON.",
  INVALID_TIMESTAMP: "The topic bounds how far a time may be from now: message.timestamp.before.max.ms and \u2026after.max.ms.",
  TOPIC_AUTHORIZATION_FAILED: "The user needs the WRITE permission on the topic.",
  NOT_ENOUGH_REPLICAS: "Fewer replicas are in sync than min.insync.replicas asks for: mq topics describe shows them.",
  OUT_OF_ORDER_SEQUENCE_NUMBER: "The partition lost records that were acknowledged, or its leader was elected unclean."
};

// src/client/producer-start.ts
var FIRST_LOOK_PAUSE_MS = 50;
var LAST_LOOK_PAUSE_MS = 400;
async function lookUp(client2, name) {
  for (let pauseMs = FIRST_LOOK_PAUSE_MS; ; pauseMs *= 2) {
    const [topic2] = (await client2.metadata([name])).topics;
    const isMissing = topic2 === void 0 || errorName(topic2.errorCode) === "UNKNOWN_TOPIC_OR_PARTITION";
    if (!isMissing || pauseMs > LAST_LOOK_PAUSE_MS) return topic2;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
async function identify(client2) {
  const answer = await client2.retry(async () => {
    const given = await client2.request("InitProducerId", { transactionalId: null, transactionTimeoutMs: 6e4 });
    const error = errorName(given.errorCode);
    if (error === "NONE") return given;
    if (error === "CLUSTER_AUTHORIZATION_FAILED") return void 0;
    throw new ApiError(error);
  });
  if (answer === void 0) return void 0;
  if (answer.producerId < 0) throw new MqError("MQ_KAFKA", "the broker gave no producer id");
  return { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
}

// src/client/record-lines.ts
var InputError = class extends MqError {
  line;
  constructor(line, reason, hint) {
    super("MQ_INPUT", `line ${line}: ${reason}`, hint === void 0 ? {} : { hint });
    this.line = line;
  }
};

// src/client/transaction.ts
var PRODUCE_VERSION_MAX = 11;

// src/client/producer.ts
var BATCH_BYTES = 256 << 10;
var BATCH_RECORDS = 2e4;
var REQUEST_BYTES = 4 << 20;
var BUFFER_BYTES = 32 << 20;
var REQUESTS_IN_FLIGHT = 5;
var DELIVERY_TIMEOUT_MS = 3e4;
var TIMER_MAX_MS = 2 ** 31 - 1;
var RecordProducer = class _RecordProducer {
  progress = { acknowledged: 0, bytes: 0 };
  #client;
  #options;
  #identity;
  #queues;
  #partitioner;
  #pace;
  #deliveryTimeoutMs;
  #bufferBytes;
  /** Requests under way by leader. */
  #requests = /* @__PURE__ */ new Map();
  /** Partitions that may have something to send. */
  #active = /* @__PURE__ */ new Set();
  #waiters = [];
  /** Ends the wait for the rate. */
  #wakeUp = () => {
  };
  #buffered = 0;
  #failure;
  #recovery;
  #missing = 0;
  constructor(client2, options, queues, identity) {
    this.#client = client2;
    this.#options = options;
    this.#queues = queues;
    this.#identity = identity;
    this.#partitioner = new Partitioner(queues.length, { isLed: (partition) => queues[partition].leader >= 0 });
    this.#pace = options.rate === void 0 ? void 0 : new Pace(options.rate);
    const timeout = Number(client2.options.properties["delivery.timeout.ms"]);
    this.#deliveryTimeoutMs = timeout > 0 ? timeout : DELIVERY_TIMEOUT_MS;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
  }
  /** Asks for the topic's partitions and a producer id. The topic is never created by producing to it. */
  static async open(client2, options) {
    const topic2 = await lookUp(client2, options.topic);
    if (topic2 === void 0 || topic2.errorCode !== 0) {
      throw new ApiError(
        errorName(topic2?.errorCode ?? 3),
        `topic ${options.topic}: ${errorName(topic2?.errorCode ?? 3)}`
      );
    }
    const queues = [...topic2.partitions].sort((a, b2) => a.partitionIndex - b2.partitionIndex).map(({ partitionIndex, leaderId }) => new PartitionQueue(partitionIndex, leaderId, BATCH_BYTES));
    compress(options.compression, Buffer.from("mq"));
    const identity = options.transaction?.identity ?? (options.acks === -1 ? await identify(client2) : void 0);
    return new _RecordProducer(client2, options, queues, identity);
  }
  /**
   * Takes a record of line `line`. A promise means: wait for it before the next one. Throws the failure of an earlier
   * batch, and InputError for a partition that is not there.
   */
  add(record, line) {
    if (this.#failure !== void 0) throw this.#failure;
    const queued = {
      key: record.key,
      value: record.value,
      headers: record.headers,
      timestamp: record.timestamp ?? Date.now(),
      line
    };
    const bytes2 = sizeOf(queued);
    const partition = record.partition ?? this.#partitioner.of(record.key, bytes2);
    const queue = this.#queues[partition];
    if (queue === void 0) {
      throw new InputError(
        line,
        `topic ${this.#options.topic} has no partition ${partition}, only 0 to ${this.#queues.length - 1}`,
        "without a partition in the line the key decides"
      );
    }
    this.#buffered += bytes2;
    this.#active.add(queue);
    if (queue.add(queued, bytes2, BATCH_RECORDS)) this.#pump();
    const waitMs = this.#pace?.take(bytes2) ?? 0;
    if (waitMs > 0) {
      this.nudge();
      return this.#rest(waitMs);
    }
    return this.#buffered < this.#bufferBytes ? void 0 : this.#room();
  }
  get partitionCount() {
    return this.#queues.length;
  }
  /** Partitions that records without a key can go to now; all of them while none has a leader. */
  get ledPartitions() {
    const all = this.#queues.map(({ partition }) => partition);
    const led = all.filter((partition) => this.#queues[partition].leader >= 0);
    return led.length > 0 ? led : all;
  }
  /**
   * Takes a batch that was made elsewhere: `make` gets the number of its first record. A promise means: wait for it before
   * the next one. Throws the failure of an earlier batch.
   */
  addBatch(partition, count, make) {
    if (this.#failure !== void 0) throw this.#failure;
    const queue = this.#queues[partition];
    if (queue === void 0) throw new RangeError(`topic ${this.#options.topic} has no partition ${partition}`);
    const batch = make(queue.reserve(count));
    queue.addBatch(batch);
    this.#buffered += batch.bytes;
    this.#active.add(queue);
    this.#pump();
    return this.#buffered < this.#bufferBytes ? void 0 : this.#room();
  }
  /** Waits as the rate wants it, and for room besides; a failure ends the wait. */
  async #rest(waitMs) {
    const untilMs = performance.now() + waitMs;
    let leftMs = waitMs;
    while (leftMs > 0 && this.#failure === void 0) {
      const restMs = Math.min(leftMs, TIMER_MAX_MS);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, restMs);
        this.#wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      leftMs = untilMs - performance.now();
    }
    await this.#room();
  }
  /** The input pauses: what fills goes now, unless batches of its partition are under way, which it will follow. */
  nudge() {
    for (const queue of this.#active) if (queue.isIdle) queue.close();
    this.#pump();
  }
  /** Sends the rest and waits for the last acknowledgement. Throws the first failure, when nothing is under way any more. */
  async flush() {
    for (const queue of this.#active) queue.close();
    this.#pump();
    while (this.#failure === void 0 ? this.#active.size > 0 : this.#inFlight > 0) await this.#change();
    if (this.#failure !== void 0) throw this.#failure;
    if (this.#options.acks === 0) await this.#drain();
  }
  /** Gives up what is not sent yet: adding and flushing fail with `reason`, unless something failed before. */
  stop(reason) {
    this.#failure ??= reason;
    this.#announce();
  }
  /** Nobody acknowledges with acks 0: an answer to something else on the same connection says that all was read. */
  async #drain() {
    for (const leader of new Set(this.#queues.map((queue) => queue.leader))) {
      if (leader >= 0) await (await this.#client.connection({ broker: leader })).call("ApiVersions", SOFTWARE);
    }
  }
  /** The first line whose record is not acknowledged; undefined when all that were added are. */
  get firstOpenLine() {
    const lines = [...this.#active].flatMap((queue) => queue.firstOpenLine ?? []);
    return lines.length === 0 ? void 0 : Math.min(...lines);
  }
  get #inFlight() {
    return [...this.#requests.values()].reduce((sum, count) => sum + count, 0);
  }
  async #room() {
    while (this.#buffered >= this.#bufferBytes && this.#failure === void 0) await this.#change();
  }
  #change() {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
  #announce() {
    if (this.#failure !== void 0) this.#wakeUp();
    for (const wake of this.#waiters.splice(0)) wake();
  }
  /** Sends whatever may go. */
  #pump() {
    if (this.#failure !== void 0) return;
    const sentMax = this.#identity === void 0 ? this.#options.unorderedInFlight ?? 1 : REQUESTS_IN_FLIGHT;
    for (; ; ) {
      const parts = /* @__PURE__ */ new Map();
      for (const queue of this.#active) {
        if ((this.#requests.get(queue.leader) ?? 0) >= REQUESTS_IN_FLIGHT) continue;
        const batch = queue.peek(sentMax);
        if (batch === void 0) continue;
        const part = parts.get(queue.leader) ?? { batches: [], bytes: 0 };
        if (part.batches.length > 0 && part.bytes + batch.bytes > REQUEST_BYTES) continue;
        queue.take();
        part.batches.push([queue, batch]);
        part.bytes += batch.bytes;
        parts.set(queue.leader, part);
      }
      if (parts.size === 0) return;
      for (const [leader, { batches }] of parts) void this.#send(leader, batches);
    }
  }
  /** One request to one leader and what becomes of it. Never rejects. */
  async #send(leader, batches) {
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1);
    const now = performance.now();
    for (const [, batch] of batches) batch.firstSentMs ??= now;
    try {
      await this.#request(leader, batches);
    } catch (error) {
      for (const [queue, batch] of batches) {
        queue.settle(batch);
        this.#comesBack(queue, batch, error);
      }
    }
    this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1);
    for (const [queue] of batches) if (queue.isIdle) queue.close();
    this.#pump();
    this.#announce();
  }
  async #request(leader, batches) {
    const { acks, compression, topic: topic2, transaction } = this.#options;
    if (leader < 0) throw noLeader(topic2, batches);
    if (transaction !== void 0) {
      const partitions = batches.map(([queue]) => queue.partition);
      await transaction.join(topic2, partitions);
    }
    const partitionData = batches.map(([queue, batch]) => ({
      index: queue.partition,
      records: batch.encode(compression, this.#identity)
    }));
    const connection = await this.#client.connection({ broker: leader });
    const timeoutMs = Math.max(1e3, this.#client.options.requestTimeoutMs - 1e3);
    const transactionalId = transaction?.transactionalId ?? null;
    const body = { transactionalId, acks, timeoutMs, topicData: [{ name: topic2, partitionData }] };
    if (acks === 0) {
      await connection.post("Produce", body, { maxVersion: 12 });
      for (const [queue, batch] of batches) this.#acknowledge(queue, batch, -1);
      return;
    }
    const maxVersion = transaction === void 0 ? 12 : PRODUCE_VERSION_MAX;
    const answer = await connection.call("Produce", body, { maxVersion });
    const answers = new Map(answer.responses[0]?.partitionResponses.map((part) => [part.index, part]));
    for (const [queue, batch] of batches) this.#answered(queue, batch, answers.get(queue.partition));
  }
  #answered(queue, batch, answer) {
    const error = answer === void 0 ? "UNKNOWN_SERVER_ERROR" : errorName(answer.errorCode);
    if (error === "NONE" || error === "DUPLICATE_SEQUENCE_NUMBER") {
      this.#acknowledge(queue, batch, answer?.baseOffset ?? -1);
      return;
    }
    queue.settle(batch);
    if ((error === "MESSAGE_TOO_LARGE" || error === "RECORD_LIST_TOO_LARGE") && batch.count > 1) {
      queue.batchBytes = Math.max(1024, Math.min(queue.batchBytes, batch.bytes) >> 1);
      for (const half of batch.halves()) queue.giveBack(half);
      queue.requeue();
      return;
    }
    const failure = batchFailure(this.#options.topic, queue, batch, error, answer);
    const follows = error === "OUT_OF_ORDER_SEQUENCE_NUMBER" && queue.hasBefore(batch);
    if (follows || failure.retriable) this.#comesBack(queue, batch, failure, follows);
    else this.#fail(queue, batch, failure);
  }
  #acknowledge(queue, batch, baseOffset) {
    queue.settle(batch);
    this.#buffered -= batch.bytes;
    this.progress.acknowledged += batch.count;
    this.progress.bytes += batch.payloadBytes;
    this.#options.onAcknowledged?.(batch, { partition: queue.partition, baseOffset });
    if (queue.isEmpty) this.#active.delete(queue);
    else if (queue.hasFailed) this.#recover();
  }
  /** A batch that may succeed later waits for its turn; one whose time is over ends the sending. */
  #comesBack(queue, batch, error, follows = false) {
    const isLate = performance.now() - (batch.firstSentMs ?? 0) > this.#deliveryTimeoutMs;
    if (!follows && !isWorthSending(error) || isLate) this.#fail(queue, batch, error);
    else {
      queue.giveBack(batch);
      this.#recover();
    }
  }
  #fail(queue, batch, error) {
    queue.giveBack(batch);
    this.#failure ??= error;
  }
  /** After a pause: who leads now? Then what came back is sent again. One at a time. */
  #recover() {
    if (this.#recovery !== void 0) return;
    this.#recovery = this.#lookAgain().finally(() => {
      this.#recovery = void 0;
      for (const queue of this.#active) queue.requeue();
      this.#pump();
      if ([...this.#active].some((queue) => queue.hasFailed && queue.sent.length === 0)) this.#recover();
      this.#announce();
    });
  }
  async #lookAgain() {
    await new Promise((resolve) => setTimeout(resolve, this.#client.options.retryBackoffMs * 2));
    try {
      const { topics } = await this.#client.metadata([this.#options.topic]);
      const [topic2] = topics;
      if (topic2 !== void 0 && errorName(topic2.errorCode) === "UNKNOWN_TOPIC_OR_PARTITION") {
        if (++this.#missing > 2) this.#failure ??= goneTopic(this.#options.topic);
        return;
      }
      this.#missing = 0;
      for (const { partitionIndex, leaderId } of topic2?.partitions ?? []) {
        const queue = this.#queues[partitionIndex];
        if (queue !== void 0) queue.leader = leaderId;
      }
    } catch (error) {
      if (!isWorthSending(error)) this.#failure ??= error;
    }
  }
};

// src/client/read-ranges.ts
var keyOf2 = ({ topic: topic2, partition }) => `${topic2}-${partition}`;
async function partitionsOf(client2, topics, wanted2) {
  const names = [...new Set(topics)];
  const only = wanted2 === void 0 ? void 0 : [...new Set(wanted2)];
  const { topics: found } = await client2.metadata(names);
  const places = [];
  for (const name of names) {
    const topic2 = found.find((one) => one.name === name);
    const error = topic2 === void 0 ? "UNKNOWN_TOPIC_OR_PARTITION" : errorName(topic2.errorCode);
    if (error === "UNKNOWN_TOPIC_OR_PARTITION") throw unknownTopic(name);
    if (error !== "NONE") throw new ApiError(error, `topic ${name}: ${error}`);
    const partitions = topic2.partitions.map((one) => one.partitionIndex).sort((a, b2) => a - b2);
    const missing = only?.filter((partition) => !partitions.includes(partition)) ?? [];
    if (missing.length > 0) {
      throw new MqError("UNKNOWN_TOPIC_OR_PARTITION", `topic ${name} has no partition ${missing.join(", ")}`, {
        hint: `it has ${partitions.length}: 0 to ${partitions.length - 1}`
      });
    }
    places.push(...(only ?? partitions).map((partition) => ({ topic: name, partition })));
  }
  return places;
}
function unknownTopic(name) {
  return new MqError("UNKNOWN_TOPIC_OR_PARTITION", `there is no topic ${name}`, {
    hint: `mq topics list shows the topics; mq topics create ${name} makes it`
  });
}
async function resolveRanges(client2, places, options) {
  const [starts, ends] = await Promise.all([
    look(client2, places, EARLIEST, options.isolation),
    look(client2, places, LATEST, options.isolation)
  ]);
  const resolve = async (spec) => {
    if (spec.kind !== "time") {
      return new Map(
        places.map((place) => [keyOf2(place), placeIn(spec, starts.get(keyOf2(place)), ends.get(keyOf2(place)))])
      );
    }
    const times = await look(client2, places, spec.timestampMs, options.isolation);
    return new Map([...times].map(([key2, offset]) => [key2, offset < 0 ? ends.get(key2) : offset]));
  };
  const froms = await resolve(options.from);
  const untils = options.until === void 0 ? void 0 : await resolve(options.until);
  return places.map((place) => {
    const key2 = keyOf2(place);
    const [start, end] = [starts.get(key2), ends.get(key2)];
    const asked = froms.get(key2);
    const from = Math.min(Math.max(asked, start), end);
    if (from !== asked && options.from.kind === "offset") options.onMoved(place, asked, from);
    const until = untils === void 0 ? null : Math.min(Math.max(untils.get(key2), start), end);
    return { ...place, from, until };
  });
}
function placeIn(spec, start, end) {
  switch (spec.kind) {
    case "earliest":
      return start;
    case "latest":
      return end;
    case "offset":
      return spec.offset;
    case "after-earliest":
      return Math.min(start + spec.count, end);
    case "before-latest":
      return Math.max(end - spec.count, start);
  }
}
async function look(client2, places, timestamp, isolation) {
  const answers = await listOffsets(
    client2,
    places.map(({ topic: topic2, partition }) => ({ topic: topic2, partition, timestamp })),
    isolation
  );
  const offsets = /* @__PURE__ */ new Map();
  for (const place of places) {
    const answer = answers.get(keyOf2(place));
    if (answer?.error !== void 0) throw answer.error;
    offsets.set(keyOf2(place), answer?.offset ?? 0);
  }
  return offsets;
}

// src/perf/latency.ts
var SUB_BITS = 10;
var EXACT_BELOW = 2 << SUB_BITS;
var MICROS_MAX = 2 ** 32 - 1;
var BUCKETS = EXACT_BELOW + (31 - SUB_BITS) * (1 << SUB_BITS);
var LatencyHistogram = class {
  count = 0;
  #sumMs = 0;
  #maxMs = 0;
  #buckets = new Float64Array(BUCKETS);
  /** Takes the latency of `records` records, in ms; beyond 71 minutes it is kept as that. */
  add(ms, records2 = 1) {
    const kept = ms > 0 ? ms : 0;
    this.count += records2;
    this.#sumMs += kept * records2;
    if (kept > this.#maxMs) this.#maxMs = kept;
    this.#buckets[bucketOf(kept)] += records2;
  }
  /** The value at this quantile, 0 to 1, in ms: the one with `floor(quantile * count)` values below it in order. */
  quantile(quantile) {
    const rank = Math.min(this.count - 1, Math.floor(quantile * this.count));
    if (rank < 0) return 0;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket];
      if (seen > rank) return Math.min(startOf(bucket), this.#maxMs);
    }
    return this.#maxMs;
  }
  get figures() {
    const [p50, p95, p99, p999] = [0.5, 0.95, 0.99, 0.999].map((quantile) => rounded(this.quantile(quantile)));
    const avg = this.count === 0 ? 0 : rounded(this.#sumMs / this.count);
    return { avg, p50, p95, p99, p999, max: rounded(this.#maxMs) };
  }
  /** Empty again. */
  clear() {
    this.count = 0;
    this.#sumMs = 0;
    this.#maxMs = 0;
    this.#buckets.fill(0);
  }
};
function bucketOf(ms) {
  const micros = Math.min(MICROS_MAX, Math.floor(ms * 1e3));
  if (micros < EXACT_BELOW) return micros;
  const power = 31 - Math.clz32(micros);
  const sub = micros >>> power - SUB_BITS & (1 << SUB_BITS) - 1;
  return EXACT_BELOW + (power - SUB_BITS - 1) * (1 << SUB_BITS) + sub;
}
function startOf(bucket) {
  if (bucket < EXACT_BELOW) return bucket / 1e3;
  const power = Math.floor((bucket - EXACT_BELOW) / (1 << SUB_BITS)) + SUB_BITS + 1;
  const sub = (bucket - EXACT_BELOW) % (1 << SUB_BITS);
  return (2 ** power + sub * 2 ** (power - SUB_BITS)) / 1e3;
}
function rounded(ms) {
  return Math.round(ms * 1e3) / 1e3;
}

// src/base/prng.ts
var Prng = class _Prng {
  seed;
  #a;
  #b;
  #c;
  #d;
  /** `seed` is any integer; only its low 32 bits count. */
  constructor(seed) {
    this.seed = seed >>> 0;
    let state = this.seed;
    const next = () => {
      state = state + 2654435769 | 0;
      let z = state;
      z = Math.imul(z ^ z >>> 16, 2246822507);
      z = Math.imul(z ^ z >>> 13, 3266489909);
      return z ^ z >>> 16;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }
  /** Uniform over 0 to 2^32-1. */
  uint32() {
    const t = this.#a ^ this.#a << 11;
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ this.#d >>> 19 ^ t ^ t >>> 8;
    return this.#d >>> 0;
  }
  /** Uniform in [0, 1). */
  float() {
    return this.uint32() / 4294967296;
  }
  /** Uniform in [0, bound); `bound` is 1 to 2^31. */
  int(bound) {
    return Math.floor(this.float() * bound);
  }
  bytes(count) {
    const bytes2 = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i += 1) bytes2[i] = this.uint32();
    return bytes2;
  }
  /** True with the probability given, 0 to 1. */
  chance(probability) {
    return this.float() < probability;
  }
  /** One of the items; there must be at least one. */
  pick(items) {
    return items[this.int(items.length)];
  }
  /** A generator of its own, so that one part's draws do not shift another's. */
  fork() {
    return new _Prng(this.uint32());
  }
};

// src/perf/payload.ts
var SLAB_BYTES = 2 << 20;
var LETTERS = 26;
var LETTER_A = 65;
function letters(bytes2, seed) {
  const random = new Prng(seed);
  const slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, bytes2 * 2));
  for (let at = 0; at < slab.length; at++) slab[at] = LETTER_A + random.int(LETTERS);
  const slice = { bytes: slab, start: 0, end: 0 };
  return {
    maxBytes: bytes2,
    next() {
      slice.start = slice.end + bytes2 > slab.length ? random.int(bytes2 + 1) : slice.end;
      slice.end = slice.start + bytes2;
      return slice;
    }
  };
}

// ../perf-d/e2e-shared.ts
async function runEndToEnd(client2, plan, hooks) {
  const places = await partitionsOf(client2, [plan.topic]);
  const ranges = await resolveRanges(client2, places, {
    from: { kind: "latest" },
    until: void 0,
    isolation: "read_committed",
    onMoved: () => {
    }
  });
  const [latency, acknowledged] = [new LatencyHistogram(), new LatencyHistogram()];
  let sentMs = 0;
  let isMeasured = false;
  const producer = await RecordProducer.open(client2, {
    topic: plan.topic,
    acks: plan.acks,
    compression: "none",
    rate: void 0,
    onAcknowledged: () => isMeasured && acknowledged.add(performance.now() - sentMs)
  });
  const ender = new AbortController();
  const end = () => ender.abort();
  hooks.signal.addEventListener("abort", end, { once: true });
  const mailbox = new Mailbox();
  const readClient = client2;
  const reading = receive(readClient, ranges, ender.signal, mailbox);
  const values = letters(plan.valueBytes, plan.seed);
  const headers = Array.from({ length: plan.headers.count }, () => ({
    key: "h".repeat(plan.headers.keyBytes),
    value: Buffer.alloc(plan.headers.valueBytes, "v")
  }));
  const key2 = plan.keyBytes === 0 ? null : Buffer.alloc(plan.keyBytes, "k");
  let startMs = performance.now();
  try {
    for (let index = -plan.warmUpRecords; index < plan.records && !hooks.signal.aborted; index++) {
      if (index === 0) startMs = performance.now();
      isMeasured = index >= 0;
      const slice = values.next();
      const value = Buffer.from(slice.bytes.subarray(slice.start, slice.end));
      const arrived = mailbox.expect(value);
      arrived.catch(() => {
      });
      sentMs = performance.now();
      await producer.add({ key: key2, value, headers, partition: void 0, timestamp: void 0 }, index);
      await producer.flush();
      const ms = await inTime(arrived, plan, index) - sentMs;
      if (!isMeasured) continue;
      latency.add(ms);
      hooks.onRecord(index, ms);
    }
  } finally {
    hooks.signal.removeEventListener("abort", end);
    end();
    await reading.catch(() => {
    });
  }
  const durationMs = Math.round(performance.now() - startMs);
  return { records: latency.count, durationMs, latencyMs: latency.figures, acknowledgedMs: acknowledged.figures };
}
var Mailbox = class {
  #value;
  #resolve = () => {
  };
  #reject = () => {
  };
  #failure;
  /** When a record with this value has come, on the clock of performance.now(). */
  expect(value) {
    this.#value = value;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#failure !== void 0) reject(this.#failure);
    });
  }
  put(value) {
    if (value === null || this.#value === void 0 || !value.equals(this.#value)) return;
    this.#value = void 0;
    this.#resolve(performance.now());
  }
  fail(error) {
    this.#failure = error;
    this.#reject(error);
  }
};
async function receive(client2, ranges, signal, mailbox) {
  const reader = readPartitions(client2, ranges, {
    isolation: "read_committed",
    signal,
    onSkipped: () => {
    },
    onGone: () => {
    }
  });
  try {
    for await (const { records: records2 } of reader) for (const { value } of records2) mailbox.put(value);
  } catch (error) {
    mailbox.fail(error);
  }
}
async function inTime(arrived, { topic: topic2, recordTimeoutMs }, index) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      const message2 = `record ${index} was sent to ${topic2} and not received within ${recordTimeoutMs / 1e3}s`;
      reject(new MqError("MQ_LOST_RECORD", message2));
    }, recordTimeoutMs);
  });
  try {
    return await Promise.race([arrived, late]);
  } finally {
    clearTimeout(timer);
  }
}

// src/client/cluster-client.ts
var COORDINATOR_WAIT_MS = 3e3;
var ROUTING_ERRORS = /* @__PURE__ */ new Set([
  "NOT_CONTROLLER",
  "NOT_COORDINATOR",
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH"
]);
var ClusterClient = class _ClusterClient {
  options;
  #bootstrap;
  #connections = /* @__PURE__ */ new Map();
  #coordinators = /* @__PURE__ */ new Map();
  #leaders = /* @__PURE__ */ new Map();
  #nodes = /* @__PURE__ */ new Map();
  #controllerId = -1;
  #closed = false;
  #reopening;
  constructor(options, bootstrap) {
    this.options = options;
    this.#bootstrap = bootstrap;
  }
  /** Connects to the first bootstrap address that answers. Rejects with the reasons of all when none does. */
  static async connect(options) {
    return new _ClusterClient(options, await openAny(options.bootstrap, options));
  }
  /** The connection to whichever broker answered first; it says what the cluster offers. */
  get bootstrap() {
    return this.#bootstrap;
  }
  /** Sends one request to its target in the highest common version; repeats over lost connections. */
  async request(api2, body, target = "any", options = {}) {
    const repeat = options.repeat ?? true;
    return this.retry(async () => {
      const connection = repeat ? await this.connection(target) : await this.retry(() => this.connection(target));
      return connection.call(api2, body, options);
    }, repeat);
  }
  /**
   * Runs `attempt` until it succeeds, fails for good, or the deadline of one operation passes. Worth repeating: retriable
   * ApiErrors, and lost connections while `overLostConnections`. What is known of routes is dropped in between.
   */
  async retry(attempt, overLostConnections = true) {
    const started = performance.now();
    let pauseMs = this.options.retryBackoffMs;
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closed || !worthRepeating(error, overLostConnections)) throw error;
        const elapsed = performance.now() - started;
        if (error instanceof ConnectionError && attempts >= 4) throw error;
        if (elapsed + pauseMs > this.options.apiTimeoutMs) throw gaveUp(error, elapsed, attempts);
        this.#forgetRoutes();
        await pause2(pauseMs);
        pauseMs = Math.min(pauseMs * 2, this.options.retryBackoffMaxMs);
      }
    }
  }
  /**
   * Asks for metadata: of `topics`, of all with null, of no topic with none given. Per-topic errors stay in the rows.
   * Topics are never created by asking.
   */
  async metadata(topics = []) {
    const answer = await this.request("Metadata", {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: false
    });
    this.#nodes = new Map(
      answer.brokers.map(({ nodeId, host, port: port2, rack }) => [nodeId, { id: nodeId, host, port: port2, rack }])
    );
    this.#controllerId = answer.controllerId;
    for (const topic2 of answer.topics) {
      for (const partition of topic2.partitions) {
        if (topic2.name !== null) this.#leaders.set(`${topic2.name}-${partition.partitionIndex}`, partition.leaderId);
      }
    }
    return {
      clusterId: answer.clusterId,
      controllerId: answer.controllerId,
      brokers: [...this.#nodes.values()],
      topics: answer.topics
    };
  }
  /** The connection that a target stands for, opened when needed. Rejects when the target is not known or not there. */
  async connection(target) {
    if (target === "any") return this.#any();
    if (this.options.bootstrapKind === "controller") return this.#activeController();
    if (target === "controller") return this.#controller();
    if ("broker" in target) return this.#node(target.broker);
    if ("group" in target) return this.#routed(await this.#coordinator(target.group), "COORDINATOR_NOT_AVAILABLE");
    return this.#routed(await this.#leader(target.leader.topic, target.leader.partition), "LEADER_NOT_AVAILABLE");
  }
  /** A node that a route led to. One that has left the cluster meanwhile is an old route, worth looking up again. */
  async #routed(id, gone) {
    try {
      return await this.#node(id);
    } catch (error) {
      throw error instanceof MqError && error.code === "MQ_UNKNOWN_BROKER" ? new ApiError(gone, error.message) : error;
    }
  }
  /**
   * Node ids of the coordinators of these groups; a group whose coordinator cannot be had has an error instead. The
   * first question of a cluster's life makes Kafka create `__consumer_offsets`: that moment is waited for.
   */
  async coordinators(groups) {
    const deadlineMs = performance.now() + Math.min(COORDINATOR_WAIT_MS, this.options.apiTimeoutMs);
    for (; ; ) {
      const found = await this.#findCoordinators(groups);
      const isComing = [...found.values()].some(
        (one) => one instanceof ApiError && one.error === "COORDINATOR_NOT_AVAILABLE"
      );
      if (!isComing || performance.now() > deadlineMs) return found;
      await pause2(this.options.retryBackoffMs);
    }
  }
  async #findCoordinators(groups) {
    const found = /* @__PURE__ */ new Map();
    const connection = await this.#any();
    const batched = (connection.version("FindCoordinator") ?? 0) >= 4;
    const answers = batched ? (await this.request("FindCoordinator", { keyType: 0, coordinatorKeys: groups })).coordinators : await Promise.all(
      groups.map(async (key2) => ({ ...await this.request("FindCoordinator", { key: key2, keyType: 0 }), key: key2 }))
    );
    for (const { key: key2, nodeId, host, port: port2, errorCode: errorCode2, errorMessage: errorMessage2 } of answers) {
      if (errorCode2 !== 0) {
        found.set(key2, new ApiError(errorName(errorCode2), errorMessage2 || void 0));
        continue;
      }
      if (!this.#nodes.has(nodeId)) this.#nodes.set(nodeId, { id: nodeId, host, port: port2, rack: null });
      this.#coordinators.set(key2, nodeId);
      found.set(key2, nodeId);
    }
    return found;
  }
  /** Closes every connection. */
  close() {
    this.#closed = true;
    this.#bootstrap.close();
    for (const connection of this.#connections.values()) connection.then((open) => open.close()).catch(() => void 0);
    this.#connections.clear();
  }
  async #any() {
    if (!this.#bootstrap.closed) return this.#bootstrap;
    for (const connection of this.#connections.values()) {
      const open = await connection.catch(() => void 0);
      if (open !== void 0 && !open.closed) return open;
    }
    this.#reopening ??= openAny([...this.options.bootstrap, ...this.#nodes.values()], this.options).finally(() => {
      this.#reopening = void 0;
    });
    this.#bootstrap = await this.#reopening;
    if (this.#closed) this.#bootstrap.close();
    return this.#bootstrap;
  }
  async #controller() {
    if (this.#controllerId < 0) await this.metadata();
    if (this.#controllerId < 0)
      throw new ApiError("NOT_CONTROLLER", "the cluster has no active controller at the moment");
    return this.#node(this.#controllerId);
  }
  /** Among controllers, the one that decides: the others answer what they know, but take no changes. */
  async #activeController() {
    const any = await this.#any();
    if (this.#controllerId < 0 && (any.version("DescribeCluster") ?? 0) >= 1) {
      const { brokers, controllerId } = await any.call("DescribeCluster", { endpointType: 2 });
      for (const { brokerId, host, port: port2, rack } of brokers)
        this.#nodes.set(brokerId, { id: brokerId, host, port: port2, rack });
      this.#controllerId = controllerId;
    }
    const address = this.#nodes.get(this.#controllerId);
    return address === void 0 ? any : this.#node(this.#controllerId);
  }
  async #coordinator(group) {
    const known = this.#coordinators.get(group);
    if (known !== void 0) return known;
    const found = (await this.coordinators([group])).get(group);
    if (found === void 0) throw new ApiError("COORDINATOR_NOT_AVAILABLE", `no coordinator for group ${group}`);
    if (found instanceof ApiError) throw found;
    return found;
  }
  async #leader(topic2, partition) {
    const key2 = `${topic2}-${partition}`;
    const known = this.#leaders.get(key2);
    if (known !== void 0 && known >= 0) return known;
    const { topics } = await this.metadata([topic2]);
    const found = topics[0];
    if (found !== void 0 && found.errorCode !== 0) {
      throw new ApiError(errorName(found.errorCode), `topic ${topic2}: ${errorMessage(errorName(found.errorCode))}`);
    }
    const leader = this.#leaders.get(key2);
    if (leader === void 0)
      throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION", `there is no partition ${partition} of ${topic2}`);
    if (leader < 0) throw new ApiError("LEADER_NOT_AVAILABLE", `partition ${partition} of ${topic2} has no leader`);
    return leader;
  }
  async #node(id) {
    let address = this.#nodes.get(id);
    if (address === void 0) {
      await this.metadata();
      address = this.#nodes.get(id);
    }
    if (address === void 0) {
      throw new MqError("MQ_UNKNOWN_BROKER", `there is no broker ${id} in the cluster`, {
        hint: `Brokers: ${[...this.#nodes.keys()].sort((a, b2) => a - b2).join(", ") || "none"}.`
      });
    }
    if (peerText(address) === this.#bootstrap.peer && !this.#bootstrap.closed) return this.#bootstrap;
    const current = this.#connections.get(id);
    if (current !== void 0) {
      const open = await current.catch(() => void 0);
      if (open !== void 0 && !open.closed) return open;
      if (this.#connections.get(id) !== current) return this.#node(id);
    }
    const connection = ClientConnection.open(address, this.options).catch((error) => {
      throw unreachable(id, address, this.#bootstrap.peer, error);
    });
    connection.catch(() => void 0);
    this.#connections.set(id, connection);
    const opened = await connection;
    if (this.#closed) opened.close();
    return opened;
  }
  #forgetRoutes() {
    this.#coordinators.clear();
    this.#leaders.clear();
    this.#controllerId = -1;
  }
};
function worthRepeating(error, overLostConnections) {
  if (error instanceof ApiError) return error.retriable || ROUTING_ERRORS.has(error.error);
  return error instanceof ConnectionError && overLostConnections && error.retriable;
}
function gaveUp(error, elapsedMs, attempts) {
  const seconds = Math.round(elapsedMs / 100) / 10;
  return new TimeoutError(`gave up after ${seconds}s and ${attempts} attempts; the last answer: ${error.message}`);
}
function unreachable(id, address, through, error) {
  if (!(error instanceof ConnectionError) || !["refused", "unknown-host", "unreachable", "timeout"].includes(error.reason)) {
    return error;
  }
  return new ConnectionError(
    error.reason,
    error.peer,
    `broker ${id} cannot be reached at its advertised address: ${error.message}`,
    {
      hint: `${through} answered and named ${peerText(address)}; check advertised.listeners of broker ${id}.`,
      cause: error
    }
  );
}
async function openAny(addresses, options) {
  const failures = [];
  for (const address of new Map(addresses.map((one) => [peerText(one), one])).values()) {
    try {
      return await ClientConnection.open(address, options);
    } catch (error) {
      failures.push(error);
      if (error instanceof MqError && error.code === "MQ_AUTHENTICATION") throw error;
    }
  }
  const [first] = failures;
  if (failures.length === 1 || !(first instanceof ConnectionError)) throw first;
  throw new ConnectionError(first.reason, first.peer, failures.map((failure) => failure.message).join("; "), {
    ...first.hint === void 0 ? {} : { hint: first.hint },
    cause: first
  });
}
function pause2(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// src/client/options.ts
import { readFileSync as readFileSync5 } from "node:fs";

// src/config/listeners.ts
var securityProtocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
function port(key2, given, text, least) {
  const value = Number(given);
  if (!Number.isInteger(value) || value < least || value > 65535) {
    throw new ConfigError(key2, `${key2}: '${text}' has no valid port (${least} to 65535)`);
  }
  return value;
}
function parseHostPorts(key2, entries) {
  return entries.map((entry) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]/@]+)):(\d+)$/.exec(entry.trim());
    if (match === null) throw new ConfigError(key2, `${key2}: '${entry}' is not host:port`);
    return { host: match[1] ?? match[2], port: port(key2, match[3], entry, 1) };
  });
}

// src/config/properties.ts
var ESCAPES = { t: "	", n: "\n", r: "\r", f: "\f" };
function unescaped(text) {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_, unicode, plain) => unicode === void 0 ? ESCAPES[plain] ?? plain : String.fromCharCode(Number.parseInt(unicode, 16))
  );
}
function logicalLines(text) {
  const lines = [];
  let pending;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.replace(/^[ \t\f]+/, "");
    if (pending === void 0 && (line === "" || line.startsWith("#") || line.startsWith("!"))) continue;
    const joined = (pending ?? "") + line;
    const backslashes = /\\*$/.exec(line)[0].length;
    if (backslashes % 2 === 1) {
      pending = joined.slice(0, -1);
    } else {
      lines.push(joined);
      pending = void 0;
    }
  }
  if (pending !== void 0) lines.push(pending);
  return lines;
}
function parseProperties(text) {
  const properties = {};
  for (const line of logicalLines(text.replace(/^\uFEFF/, ""))) {
    const key2 = /^(?:\\[\s\S]|[^\\=: \t\f])*/.exec(line)[0];
    const value = line.slice(key2.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
    properties[unescaped(key2)] = unescaped(value);
  }
  return properties;
}

// src/client/sasl-options.ts
function parseJaas(text) {
  const match = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b([\s\S]*?);?\s*$/i.exec(text);
  if (match === null) {
    throw new ConfigError(
      "sasl.jaas.config",
      "sasl.jaas.config is no login module line",
      'It looks like: org.apache.kafka.common.security.plain.PlainLoginModule required username="\u2026" password="\u2026";'
    );
  }
  const options = {};
  for (const [, key2, quoted, plain] of match[2].matchAll(/([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/g)) {
    options[key2] = quoted === void 0 ? plain : quoted.replace(/\\(.)/g, "$1");
  }
  return { module: match[1], options };
}
function required(value, key2, what) {
  if (value !== void 0 && value !== "") return value;
  throw new ConfigError(key2, `${what} is missing`, `Set ${key2}.`);
}
function saslOptions(properties, readFile) {
  const jaasText = properties["sasl.jaas.config"];
  const jaas = jaasText === void 0 ? { module: "", options: {} } : parseJaas(jaasText);
  const given = properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? mechanismOf(jaas.module);
  const mechanism = given?.trim().toUpperCase();
  switch (mechanism) {
    case "PLAIN":
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512": {
      const key2 = jaasText === void 0 ? "sasl.username" : "sasl.jaas.config";
      return {
        mechanism,
        username: required(jaas.options.username ?? properties["sasl.username"], key2, "the SASL user name"),
        password: required(
          jaas.options.password ?? properties["sasl.password"],
          key2 === "sasl.username" ? "sasl.password" : key2,
          "the SASL password"
        ),
        ...mechanism !== "PLAIN" && jaas.options.tokenauth === "true" ? { isToken: true } : {}
      };
    }
    case "OAUTHBEARER":
      return {
        mechanism,
        token: tokenSource(properties, jaas.options, readFile),
        extensions: extensionsOf(properties, jaas.options)
      };
    default:
      throw new ConfigError(
        "sasl.mechanism",
        mechanism === void 0 ? "sasl.mechanism is missing" : `the SASL mechanism ${mechanism} is not supported`,
        "Supported: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER."
      );
  }
}
function mechanismOf(module) {
  if (module.endsWith("PlainLoginModule")) return "PLAIN";
  if (module.endsWith("OAuthBearerLoginModule")) return "OAUTHBEARER";
  return void 0;
}
function extensionsOf(properties, jaas) {
  const listed = properties["sasl.oauthbearer.extensions"]?.split(",").map((pair) => pair.trim().split("=", 2)) ?? [];
  const inJaas = Object.entries(jaas).flatMap(([key2, value]) => {
    const name = /^(?:extension_|unsecuredLoginExtension_)(.+)$/.exec(key2)?.[1];
    return name === void 0 ? [] : [[name, value]];
  });
  return Object.fromEntries([...listed, ...inJaas].filter(([key2, value]) => key2 !== "" && value !== void 0));
}
function tokenSource(properties, jaas, readFile) {
  const token = properties["sasl.oauthbearer.token"] ?? jaas.token;
  if (token !== void 0) return { kind: "token", token };
  const key2 = "sasl.oauthbearer.token.endpoint.url";
  const url = properties[key2]?.trim();
  if (url?.startsWith("file:")) {
    const path = decodeURIComponent(new URL(url).pathname);
    readFile(key2, path);
    return { kind: "file", path };
  }
  if (url !== void 0) return endpoint(key2, url, properties, jaas, readFile);
  const subject = jaas.unsecuredLoginStringClaim_sub ?? principalOf(properties["sasl.oauthbearer.config"]);
  if (subject !== void 0) {
    return { kind: "unsecured", subject, lifeSeconds: Number(jaas.unsecuredLoginLifetimeSeconds ?? 3600) };
  }
  throw new ConfigError(
    key2,
    "no source for the OAuth token",
    "Set sasl.oauthbearer.token.endpoint.url with client id and secret, or sasl.oauthbearer.token."
  );
}
function principalOf(config) {
  return /(?:^|\s)principal=(\S+)/.exec(config ?? "")?.[1];
}
function endpoint(key2, url, properties, jaas, readFile) {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new ConfigError(key2, `${key2} is no http, https or file address`);
  }
  const newer = "sasl.oauthbearer.client.credentials.client";
  const id = properties[`${newer}.id`] ?? jaas.clientId ?? properties["sasl.oauthbearer.client.id"];
  const secret = properties[`${newer}.secret`] ?? jaas.clientSecret ?? properties["sasl.oauthbearer.client.secret"];
  const caFile = properties["https.ca.location"];
  return {
    kind: "endpoint",
    url,
    clientId: required(id, `${newer}.id`, "the OAuth client id"),
    clientSecret: required(secret, `${newer}.secret`, "the OAuth client secret"),
    scope: properties["sasl.oauthbearer.scope"] ?? jaas.scope,
    urlEncodes: properties["sasl.oauthbearer.header.urlencode"]?.trim() === "true",
    ca: caFile === void 0 ? trustedCertificates(jaas, readFile) ?? trustedCertificates(properties, readFile) : readFile("https.ca.location", caFile).toString("latin1")
  };
}

// src/client/secrets.ts
import { readFileSync as readFileSync4 } from "node:fs";
var REFERENCE = /\$\{(env|file):([^}]+)\}/g;
function withReferences(properties) {
  return Object.fromEntries(
    Object.entries(properties).map(([key2, value]) => [
      key2,
      value.includes("${") ? value.replaceAll(REFERENCE, (_all, kind, what) => lookUp2(key2, kind, what)) : value
    ])
  );
}
function lookUp2(key2, kind, what) {
  if (kind === "env") {
    const value2 = process.env[what];
    if (value2 === void 0) throw new ConfigError(key2, `${key2}: the environment variable ${what} is not set`);
    return value2;
  }
  const colon = what.lastIndexOf(":");
  const path = colon < 0 ? what : what.slice(0, colon);
  const name = colon < 0 ? "" : what.slice(colon + 1);
  let text;
  try {
    text = readFileSync4(path, "utf8");
  } catch (error) {
    throw new ConfigError(key2, `${key2}: cannot read ${path} (${error.code ?? "error"})`);
  }
  const value = parseProperties(text)[name];
  if (value === void 0)
    throw new ConfigError(key2, `${key2}: ${path} has no setting ${name === "" ? "(none named)" : name}`);
  return value;
}

// src/client/options.ts
var DEFAULT_PORT = 9092;
function parseBootstrap(text, key2 = "bootstrap.servers") {
  const entries = text.split(/[,\s]+/).filter((entry) => entry !== "").map((entry) => entry.replace(/^[A-Za-z_]+:\/\//, "")).map((entry) => /^[^:\]]+$|^\[[^\]]+\]$/.test(entry) ? `${entry}:${DEFAULT_PORT}` : entry);
  if (entries.length === 0) throw new ConfigError(key2, `${key2} is empty`, "Give host:port, for example localhost:9092.");
  return parseHostPorts(key2, entries);
}
function bootstrapOf(sources) {
  const properties = mergedProperties(sources);
  return sources.bootstrapServer ?? properties["bootstrap.servers"] ?? properties["metadata.broker.list"];
}
function mergedProperties(sources) {
  return withReferences({
    ...sources.fileText === void 0 ? {} : parseProperties(sources.fileText),
    ...sources.properties
  });
}
function milliseconds(properties, keys, standard) {
  for (const key2 of keys) {
    const text = properties[key2];
    if (text === void 0) continue;
    const value = Number(text.trim());
    if (!Number.isInteger(value) || value < 0) {
      throw new ConfigError(key2, `${key2} must be a whole number of milliseconds, not "${text}"`);
    }
    return value;
  }
  return standard;
}
function protocolOf(properties) {
  const text = properties["security.protocol"]?.trim().toUpperCase();
  if (text === void 0 || text === "") {
    const sasl = properties["sasl.jaas.config"] ?? properties["sasl.username"];
    if (sasl === void 0) return "PLAINTEXT";
    throw new ConfigError(
      "security.protocol",
      "there are SASL credentials but no security.protocol",
      "Set security.protocol=SASL_SSL, or SASL_PLAINTEXT for a listener without TLS."
    );
  }
  const protocol = securityProtocols.find((name) => name === text);
  if (protocol !== void 0) return protocol;
  throw new ConfigError(
    "security.protocol",
    `security.protocol is ${text}`,
    `It must be one of ${securityProtocols.join(", ")}.`
  );
}
function readNamedFile(key2, path) {
  try {
    return readFileSync5(path);
  } catch (error) {
    throw new ConfigError(key2, `${key2}: cannot read ${path} (${error.code ?? "error"})`);
  }
}
function resolveClientOptions(sources) {
  const properties = mergedProperties(sources);
  const controllers = sources.bootstrapController ?? properties["bootstrap.controllers"];
  const servers = bootstrapOf(sources);
  const viaController = sources.bootstrapController !== void 0 || servers === void 0 && controllers !== void 0;
  const bootstrapText = viaController ? controllers : servers;
  if (bootstrapText === void 0) {
    throw new ConfigError("bootstrap.servers", "no bootstrap server", "Give --bootstrap-server HOST:PORT.");
  }
  const securityProtocol = protocolOf(properties);
  return {
    bootstrap: parseBootstrap(bootstrapText, viaController ? "bootstrap.controllers" : "bootstrap.servers"),
    bootstrapKind: viaController ? "controller" : "broker",
    clientId: properties["client.id"] ?? "mq",
    securityProtocol,
    tls: securityProtocol.endsWith("SSL") ? tlsOptions(properties, readNamedFile) : null,
    sasl: securityProtocol.startsWith("SASL") ? saslOptions(properties, readNamedFile) : null,
    connectTimeoutMs: milliseconds(
      properties,
      ["socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.max.ms"],
      1e4
    ),
    requestTimeoutMs: milliseconds(properties, ["request.timeout.ms", "socket.timeout.ms"], 3e4),
    apiTimeoutMs: milliseconds(properties, ["default.api.timeout.ms"], 6e4),
    retryBackoffMs: milliseconds(properties, ["retry.backoff.ms"], 100),
    retryBackoffMaxMs: milliseconds(properties, ["retry.backoff.max.ms"], 1e3),
    properties
  };
}

// ../perf-d/e2e-main.ts
var [b, topic, n, to] = process.argv.slice(2);
var client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: b }));
try {
  const t = performance.now();
  const r = await runEndToEnd(client, { topic, records: +n, valueBytes: 100, keyBytes: 0, headers: { count: 0, keyBytes: 0, valueBytes: 0 }, acks: -1, seed: 1, recordTimeoutMs: +to, warmUpRecords: 0 }, { signal: new AbortController().signal, onRecord: (i, ms) => {
    if (ms > 300) console.log(i, ms);
  } });
  console.log(r);
} catch (e) {
  console.log("ERR", e);
}
process.exit(0);
