import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownEnvironment } from './environment.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const GUARDED = join(import.meta.dirname, 'guarded.ts')

/** A process that is measured. It ends with this one, however this one ends. */
export interface Child {
  /** Waits for a line with these words on its standard output. */
  says(words: string): Promise<void>
  /** CPU time so far in microseconds, user and system, of all its threads. */
  cpuMicros(): Promise<number>
  /** What it holds, after a garbage collection where it was started with `--expose-gc`. */
  memory(): Promise<Memory>
  /** The next message over IPC that is no answer of its guard; undefined when it ended without. */
  message(): Promise<unknown>
  stop(): Promise<void>
}

export interface Memory {
  readonly heapBytes: number
  readonly rssBytes: number
}

export interface ChildOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Flags of Node. */
  readonly flags?: readonly string[]
}

/** Runs a module, by its path from the root, with arguments. One that ends early makes this process fail. */
export function startChild(module: string, { args = [], env = {}, flags = [] }: ChildOptions = {}): Child {
  const child = fork(GUARDED, [join(ROOT, module), ...args], {
    cwd: ROOT,
    env: { ...ownEnvironment(), ...env },
    execArgv: [...flags],
    stdio: ['pipe', 'pipe', 'inherit', 'ipc']
  })
  let isStopping = false
  let out = ''
  const looks = new Set<() => void>()
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    out += part
    for (const look of looks) look()
  })
  let waiting = 0
  const ended = once(child, 'exit').then(([code, signal]) => {
    if (isStopping || code === 0) return
    const error = new Error(`${[module, ...args].join(' ')} ended: ${code ?? signal}\n${out}`)
    if (waiting > 0) throw error
    // Nobody waits for it by name, and what was measured is worth nothing: this process fails.
    setImmediate(() => {
      throw error
    })
  })

  /** What is waited for, or undefined when the process ends before; throws when it fails. */
  const unlessEnded = async <T>(wanted: Promise<T>): Promise<T | undefined> => {
    waiting++
    try {
      return await Promise.race([wanted, ended.then(() => undefined)])
    } finally {
      waiting--
    }
  }
  const next = (isWanted: (message: unknown) => boolean) =>
    unlessEnded(
      new Promise<unknown>((resolve) => {
        const look = (message: unknown) => {
          if (!isWanted(message)) return
          child.off('message', look)
          resolve(message)
        }
        child.on('message', look)
      })
    )

  const asked = async <T>(what: string, isWanted: (message: unknown) => boolean) => {
    const answer = next(isWanted)
    child.send(what)
    const told = await answer
    if (told === undefined) throw new Error(`${module} ended before it said its ${what}`)
    return told as T
  }

  return {
    async says(words) {
      const said = await unlessEnded(
        new Promise<true>((resolve) => {
          const look = () => {
            if (!out.includes(words)) return
            looks.delete(look)
            resolve(true)
          }
          looks.add(look)
          look()
        })
      )
      if (said === undefined) throw new Error(`${module} ended without saying ${words}:\n${out}`)
    },
    cpuMicros: async () => (await asked<{ cpuMicros: number }>('cpu', isOf('cpuMicros'))).cpuMicros,
    memory: async () => (await asked<{ memory: Memory }>('memory', isOf('memory'))).memory,
    message: () => next((message) => !isOf('cpuMicros')(message) && !isOf('memory')(message)),
    async stop() {
      isStopping = true
      child.stdin?.end()
      await ended
    }
  }
}

const isOf =
  (name: string) =>
  (message: unknown): boolean =>
    typeof message === 'object' && message !== null && name in message
