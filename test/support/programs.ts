import { fileURLToPath } from 'node:url'
import { guarded, type Guarded } from './guarded.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

type Variables = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A program of this project that runs beside the test, and not longer than it. */
export interface Program {
  /** Waits until it has written this on standard output; fails when it ends before. */
  readonly says: (words: string) => Promise<void>
  readonly ended: Promise<Ended>
  /** Ends it, and all that it has started, by SIGTERM. */
  readonly stop: () => Promise<Ended>
}

const STILL_CLOCK = new URL(`./still-clock.mjs?at=${Date.now()}`, import.meta.url)

/** What makes the clock of a Node program stand still, beside the options that it is given anyway. */
export const stillClock = (options = process.env['NODE_OPTIONS'] ?? ''): string =>
  `${options} --import=${STILL_CLOCK.href}`.trim()

/** Our own variables must not come from whoever runs the tests, and no deadline may depend on how busy the machine is. */
function environment(variables: Variables): NodeJS.ProcessEnv {
  const own = /^SEABUS_|_URL$/
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name))
  return { ...Object.fromEntries(inherited), NODE_OPTIONS: stillClock(), ...variables }
}

/** Starts one of our commands, `cli/start.ts` for example, with the Node that runs the test. */
export function program(script: string, args: readonly string[] = [], variables: Variables = {}): Program {
  return follow(guarded(process.execPath, [script, ...args], { cwd: ROOT, env: environment(variables) }))
}

/** Starts a line of shell as a reader would who copies it. */
export function shellProgram(line: string, variables: Variables = {}): Program {
  return follow(guarded('bash', ['-c', line], { cwd: ROOT, env: environment(variables) }))
}

/** Runs a line of shell to its end. */
export function shell(line: string, variables: Variables = {}): Promise<Ended> {
  return shellProgram(line, variables).ended
}

function follow(running: Guarded): Program {
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  running.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
    for (const look of waiting) look()
  })
  running.stderr.setEncoding('utf8').on('data', (part: string) => (err += part))
  const ended = running.ended.then((code) => ({ code, out, err }))
  return {
    ended,
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!out.includes(words)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended without saying ${words}: ${out}${err}`)))
      }),
    stop() {
      running.stop()
      return ended
    }
  }
}
