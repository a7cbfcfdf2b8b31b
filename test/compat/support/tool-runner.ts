/**
 * Kafka's command-line tools without a JVM for each: one process that runs them one after the other (java/ToolRunner.java), with the
 * same arguments, output and exit codes.
 */
import { createInterface } from 'node:readline'
import { type Tool, tools } from './apache-kafka.ts'
import { compileJava } from './java-program.ts'
import { type Finished, Running } from './process.ts'

export class ToolRunner {
  readonly #running: Running
  readonly #waiting: ((line: string) => void)[] = []

  constructor(kafkaHome: string) {
    const classPath = compileJava('ToolRunner', kafkaHome)
    const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const logs = `-Dlog4j2.configurationFile=${kafkaHome}/config/log4j2.properties`
    this.#running = new Running('java', [...flags, logs, '-cp', classPath, 'ToolRunner'])
    if (this.#running.child.stdout === null) throw new Error('the tool runner has no output')
    createInterface({ input: this.#running.child.stdout }).on('line', (line) => this.#waiting.shift()?.(line))
  }

  /** Runs one tool to its end; runs asked for meanwhile wait. */
  run(tool: Tool, args: readonly string[], stdin = ''): Promise<Finished> {
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting.push(resolve)
      this.#running.ended.then((done) => reject(new Error(`the tool runner ended\n${done.stderr}`)), reject)
    })
    this.#running.child.stdin?.write(`${JSON.stringify({ tool: tools[tool], args, stdin })}\n`)
    return answer.then((line) => JSON.parse(line) as Finished)
  }

  async stop(): Promise<void> {
    this.#running.child.stdin?.end()
    await this.#running.ended
  }
}
