import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Does what can be broken off by SIGINT or SIGTERM: `signal` is aborted by the first one, a second one ends the process at
 * once. Gives what came of it, or the exit code that says by which signal it ended (130 or 143).
 */
export async function untilSignal<Result>(
  run: (signal: AbortSignal) => Promise<Result>
): Promise<{ readonly result: Result } | { readonly exitCode: number }> {
  const abort = new AbortController()
  let exitCode: number | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (exitCode !== undefined) process.exit(exitCode)
    exitCode = 128 + constants.signals[signal]
    abort.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  try {
    const result = await run(abort.signal)
    return exitCode === undefined ? { result } : { exitCode }
  } catch (error) {
    if (exitCode === undefined) throw error
    return { exitCode }
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}
