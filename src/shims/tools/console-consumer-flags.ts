/** The flags of kafka-console-consumer. */
import type { JoptGrammar } from '../tool.ts'

export const consoleConsumerGrammar: JoptGrammar = {
  kind: 'jopt',
  purpose: 'Prints the records of topics to standard output.',
  flags: [
    { name: 'topic', arg: 'required', argName: 'topic', help: 'Topic to read.' },
    { name: 'include', arg: 'required', argName: 'regex', help: 'Read the topics whose whole name matches.' },
    {
      name: 'partition',
      arg: 'required',
      type: 'Integer',
      argName: 'partition',
      help: 'Read this partition of --topic, from --offset or its end.',
    },
    {
      name: 'offset',
      arg: 'required',
      argName: 'offset',
      default: 'latest',
      help: 'Where to start with --partition: a number, earliest or latest.',
    },
    { name: 'bootstrap-server', arg: 'required', argName: 'host:port,...', help: 'Brokers to ask first.' },
    { name: 'group', arg: 'required', argName: 'group', help: 'Read as a member of this consumer group.' },
    {
      name: 'from-beginning',
      help: 'Start at the first record where the group has committed nothing, and without a group.',
    },
    {
      name: 'max-messages',
      arg: 'required',
      type: 'Integer',
      argName: 'count',
      help: 'End after so many records.',
    },
    {
      name: 'timeout-ms',
      arg: 'required',
      type: 'Long',
      argName: 'ms',
      help: 'End when no record has come for so long.',
    },
    {
      name: 'isolation-level',
      arg: 'required',
      default: 'read_uncommitted',
      help: 'read_committed leaves out records of open and aborted transactions.',
    },
    {
      name: 'formatter',
      arg: 'required',
      argName: 'class',
      default: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter',
      help: "Kafka's name of what prints a record.",
    },
    { name: 'formatter-config', arg: 'required', argName: 'file', help: 'Properties of the formatter.' },
    {
      name: 'formatter-property',
      arg: 'required',
      argName: 'key=value',
      help: 'One property of the formatter; repeatable: print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value, print.delivery, key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, headers.deserializer.',
    },
    { name: 'property', arg: 'required', argName: 'key=value', help: '(Deprecated) Use --formatter-property.' },
    { name: 'key-deserializer', arg: 'required', argName: 'class', help: 'How keys are read.' },
    { name: 'value-deserializer', arg: 'required', argName: 'class', help: 'How values are read.' },
    { name: 'skip-message-on-error', help: 'Pass over a record that cannot be printed, instead of ending.' },
    { name: 'enable-systest-events', help: 'Print an event when the consumer ends.' },
    { name: 'command-config', arg: 'required', argName: 'file', help: 'Properties of the consumer.' },
    {
      name: 'command-property',
      arg: 'required',
      argName: 'key=value',
      help: 'One property of the consumer; repeatable; wins over the file.',
    },
    { name: 'consumer.config', arg: 'required', argName: 'file', help: '(Deprecated) Use --command-config.' },
    { name: 'consumer-property', arg: 'required', argName: 'key=value', help: '(Deprecated) Use --command-property.' },
  ],
}
