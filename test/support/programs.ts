import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

type Variables = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A program of this project that runs beside the test. */
export interface Program {
  /** Waits until it has written this on standard output; fails when it ends before. */
  readonly says: (words: string) => Promise<void>
  readonly ended: Promise<Ended>
  readonly stop: () => Promise<Ended>
}

/** Our own variables must not come from whoever runs the tests. */
function environment(variables: Variables): NodeJS.ProcessEnv {
  const own = /^SEABUS_|_URL$/
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))), ...variables }
}

/** Starts one of our commands, `cli/start.ts` for example, with the Node that runs the test. */
export function program(script: string, args: readonly string[] = [], variables: Variables = {}): Program {
  return follow(
    spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: environment(variables),
      stdio: ['ignore', 'pipe', 'pipe']
    })
  )
}

function follow(child: ChildProcess): Program {
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    out += part
    for (const look of waiting) look()
  })
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (err += part))
  const ended = new Promise<Ended>((resolve) => void child.on('close', (code) => resolve({ code, out, err })))
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
      child.kill('SIGTERM')
      return ended
    }
  }
}

/** Starts a line of shell as a reader would who copies it; `stop` ends all that it started. */
export function shellProgram(line: string, variables: Variables = {}): Program {
  const child = spawn('bash', ['-c', line], {
    cwd: ROOT,
    env: environment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  const followed = follow(child)
  return {
    ...followed,
    stop() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      return followed.ended
    }
  }
}

/** Runs a line of shell to its end. */
export function shell(line: string, variables: Variables = {}): Promise<Ended> {
  return shellProgram(line, variables).ended
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Where seven ports in a row are free, apart from those of a system that may be running. */
export async function freePortBase(): Promise<number> {
  for (let base = 20_000 + 10 * (process.pid % 1000); base < 60_000; base += 10) {
    const free = await Promise.all(Array.from({ length: 7 }, (_, index) => isFree(base + index)))
    if (!free.includes(false)) return base
  }
  throw new Error('no seven ports in a row are free')
}
