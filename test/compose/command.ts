import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execFileAsync = promisify(execFile)

/** Runs a program to its end and gives what it printed on stdout. Rejects with its stderr if it exits non-zero. */
export async function command(program: string, args: readonly string[], env = process.env): Promise<string> {
  const { stdout } = await execFileAsync(program, args, { env, maxBuffer: 64 * 1024 * 1024, timeout: 300_000 })
  return stdout.trim()
}

/** Whether the program runs and exits with 0. */
export async function succeeds(program: string, args: readonly string[], env = process.env): Promise<boolean> {
  return command(program, args, env).then(
    () => true,
    () => false
  )
}

/**
 * Asks again until the answer is not undefined.
 * Throws when `seconds` have passed, with the message and the last error that the question threw.
 */
export async function until<T>(what: string, seconds: number, question: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await question()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${what}: not within ${seconds} s`, { cause: last })
}
