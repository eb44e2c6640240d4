import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const GUARD = fileURLToPath(new URL('./guard.sh', import.meta.url))
/** Halves the time that a start of one of our programs takes; `.taprc` names it for the tests themselves. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url))

export interface Running {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Default is a pipe; `inherit` is the test's own standard error. */
  readonly stderr?: 'pipe' | 'inherit' | 'ignore'
}

export interface Guarded {
  readonly stdout: Readable
  /** Empty unless it is a pipe. */
  readonly stderr: Readable
  /** Exit code, 128 and more for a signal, once all that it started is gone and what it wrote has been read. */
  readonly ended: Promise<number>
  hasEnded(): boolean
  /** SIGTERM to it and to all that it started. */
  stop(): void
  /** SIGKILL to it and to all that it started; done when they are gone. */
  kill(): Promise<void>
}

/**
 * Starts a program that cannot outlive the test: it and all that it starts are killed when the process of the test is
 * gone, even by SIGKILL. Every program that a test starts is started here.
 */
export function guarded(command: string, args: readonly string[] = [], options: Running = {}): Guarded {
  const { stderr = 'pipe', cwd, env = process.env } = options
  // Only this process has the writing end of the standard input; a session of its own has no terminal to be stopped by.
  const stdio = ['pipe', 'pipe', stderr] as const
  const child = spawn('bash', [GUARD, command, ...args], {
    cwd,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: [...stdio],
    detached: true
  })
  child.stdin?.on('error', () => undefined)
  const gone = once(child, 'exit')
  // By a signal only when that came before the guard was awake: nothing has been started then.
  const ended = once(child, 'close').then(
    ([code, signal]) => (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals]
  )
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    stdout: child.stdout ?? Readable.from([]),
    stderr: child.stderr ?? Readable.from([]),
    ended,
    hasEnded,
    stop: () => void child.kill('SIGTERM'),
    async kill() {
      child.stdin?.destroy()
      await gone
    }
  }
}
