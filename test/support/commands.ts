import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { guarded } from './guarded.ts'

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

/** Starts a program that says its address as its first line; it ends with the test. */
export async function served(t: Teardown, command: string, args: readonly string[]): Promise<string> {
  const running = guarded(command, args)
  t.teardown(() => running.kill())
  const told = text(running.stderr)
  const silent = running.ended.then(async (code) => {
    throw new Error(`${command} ended with ${code} and said nothing: ${await told}`)
  })
  // Of no interest once it has said its line.
  silent.catch(() => undefined)
  const [line] = (await Promise.race([once(createInterface(running.stdout), 'line'), silent])) as [string]
  return line
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, in a directory if one is given. */
export async function ran(command: string, args: readonly string[], cwd?: string): Promise<Ran> {
  const running = guarded(command, args, cwd === undefined ? {} : { cwd })
  const [stdout, stderr] = await Promise.all([text(running.stdout), text(running.stderr)])
  return { code: await running.ended, stdout, stderr }
}

/**
 * The options of a test that needs a program which npm does not bring: it is skipped, with this reason, where the program
 * is missing; but in CI (`CI=true`) it has to be there, and the test fails without. `where` says how to get it.
 */
export async function needs(command: string, where: string): Promise<{ skip?: string }> {
  const { code } = await ran('bash', ['-c', `command -v ${command}`])
  return code === 0 || process.env['CI'] !== undefined ? {} : { skip: `${command} is not installed (${where})` }
}
