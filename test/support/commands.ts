import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

interface Teardown {
  teardown(close: () => unknown): unknown
}

/** Starts a program that says its address as its first line; it is ended, by its own handle, at the test's teardown. */
export async function served(t: Teardown, command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(async () => {
    const ended = once(child, 'exit')
    if (child.kill()) await ended
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export function ran(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1
      resolve({ code, stdout, stderr })
    })
  })
}
