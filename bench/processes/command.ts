/**
 * `node command.ts PROGRAM ARGS…`: runs a program to its end and writes how long it took as JSON. When standard input
 * ends before, the program and all that it has started end too.
 */
import { spawn } from 'node:child_process'

const [program = '', ...args] = process.argv.slice(2)
const begun = performance.now()
// A process group of its own, which can be ended as a whole.
const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
let isRunning = true
const end = () => {
  if (isRunning && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  process.exit(1)
}
process.stdin.on('end', end).on('error', end).resume()
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
child.on('exit', (code) => {
  isRunning = false
  const seconds = (performance.now() - begun) / 1000
  process.stdout.write(`${JSON.stringify({ seconds, code })}\n`, () => process.exit(0))
})
