/** Compiles and runs a Java program of test/compat/java against the jars of an installed Apache Kafka. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './peers.ts'

const MOST_OUTPUT_BYTES = 512 * 1024 * 1024

/** Compiles the program and returns the class path to run it with. */
export function compileJava(name: string, kafkaHome: string): string {
  const cache = join(repositoryRoot, 'node_modules', '.cache', 'mq-java')
  mkdirSync(cache, { recursive: true })
  const classes = mkdtempSync(join(cache, `${name}-`))
  process.on('exit', () => rmSync(classes, { recursive: true, force: true }))
  const libs = join(kafkaHome, 'libs')
  const jars = readdirSync(libs).filter((file) => file.endsWith('.jar'))
  const classPath = [classes, ...jars.map((jar) => join(libs, jar))].join(':')
  const source = join(repositoryRoot, 'test', 'compat', 'java', `${name}.java`)
  execFileSync('javac', ['-cp', classPath, '-d', classes, source], { stdio: ['ignore', 'pipe', 'inherit'] })
  return classPath
}

/** Returns what runs the program: arguments and standard input to standard output. */
export function javaProgram(name: string, kafkaHome: string): (args: string[], input?: string) => string {
  const classPath = compileJava(name, kafkaHome)
  return (args, input = '') =>
    execFileSync('java', ['-Xmx512m', '-cp', classPath, name, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: MOST_OUTPUT_BYTES,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
}
