import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownEnvironment } from './environment.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = join(import.meta.dirname, 'command.ts')

export interface Timed {
  readonly seconds: number
  readonly code: number | null
}

/** Wall time of a command from its start to its end. It ends with this process, with all that it has started. */
export async function timed(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Timed> {
  const child = spawn(process.execPath, [COMMAND, ...command], {
    cwd: ROOT,
    env: { ...ownEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  let out = ''
  for await (const part of child.stdout.setEncoding('utf8')) out += part as string
  if (out === '') throw new Error(`${command.join(' ')} could not be run`)
  return JSON.parse(out) as Timed
}
