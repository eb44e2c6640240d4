import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { ran } from './commands.ts'
import { guarded } from './guarded.ts'
import { ROOT, stillClock } from './programs.ts'

const LEAVES_PROGRAMS = join(import.meta.dirname, 'leaves-programs.ts')

interface Left {
  readonly pid: number
  readonly ports: readonly number[]
}

/** A connection that its other end closes only by ending: nothing is ever sent on it. */
async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Whether it is closed or reset, nobody is at the other end any more; `once` would take a reset for a failure. */
const ended = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()))

void t.test('when a test is killed, all that it has started ends, down to what npm start has started', async (t) => {
  const test = guarded(process.execPath, [LEAVES_PROGRAMS], { stderr: 'inherit' })
  t.teardown(() => test.kill())
  const [line] = (await once(createInterface(test.stdout), 'line')) as [string]
  const { pid, ports } = JSON.parse(line) as Left
  const sockets = await Promise.all(ports.map(connected))
  const closed = sockets.map(ended)
  t.ok(
    sockets.every(({ readyState }) => readyState === 'open'),
    'a service and seven more run'
  )

  process.kill(pid, 'SIGKILL')

  await Promise.all(closed)
  t.equal(closed.length, 8, 'all of them are gone')
})

void t.test('killing a program kills what it has started and what ignores SIGTERM', async (t) => {
  const line = `trap '' TERM; sleep infinity & echo up; wait`
  const shell = guarded('bash', ['-c', line])
  await once(createInterface(shell.stdout), 'line')

  await shell.kill()

  // The end of the output is the end of all that hold it.
  t.equal(await shell.ended, 128 + 9)
})

void t.test('what a program leaves behind ends with it', async (t) => {
  t.match(await ran('bash', ['-c', 'sleep infinity & echo done']), { code: 0, stdout: 'done\n' })
})

void t.test('a program under guard says and ends as it would without', async (t) => {
  const shell = (line: string) => ran('bash', ['-c', line])

  t.strictSame(await shell('echo out; echo err >&2; exit 7'), { code: 7, stdout: 'out\n', stderr: 'err\n' })
  t.match(await shell('kill -KILL $$'), { code: 128 + 9, stdout: '', stderr: '' })
  t.match(await ran('seabus-has-no-such-program', []), { code: 127, stderr: /not found/ })
})

void t.test('SIGTERM reaches the program at whatever moment it is sent', async (t) => {
  const early = guarded('sleep', ['infinity'])
  early.stop()
  const late = guarded('bash', ['-c', `trap 'echo told; exit 3' TERM; echo up; while :; do read -t 1 <> <(:); done`])
  const lines = createInterface(late.stdout)[Symbol.asyncIterator]()
  await lines.next()
  late.stop()

  t.equal((await lines.next()).value, 'told')
  t.equal(await late.ended, 3)
  t.equal(await early.ended, 128 + 15)
})

void t.test('the clock of a program that a test has started stands still', async (t) => {
  const clock = 'const { realClock } = await import("./shared/engine/clock.ts"); const { epochMs, now } = realClock();'
  const line = `${clock} for (let i = 0; i < 1e6; i++) now(); console.log(epochMs, now())`
  const env = { ...process.env, NODE_OPTIONS: stillClock() }
  const run = () => {
    const node = guarded(process.execPath, ['--input-type=module', '--eval', line], {
      cwd: ROOT,
      env,
      stderr: 'inherit'
    })
    return text(node.stdout)
  }

  const first = await run()
  t.match(first, /^\d{13} 0\n$/)
  t.equal(await run(), first, 'at the same moment in all')
})

void t.test('no test starts a program but under guard', (t) => {
  const starts = globSync('test/**/*.{ts,mjs}', { cwd: ROOT })
    // On Docker, and no part of `npm test`.
    .filter((file) => !file.startsWith(join('test', 'compose')))
    .filter((file) => /from '(?:node:)?child_process'/.test(readFileSync(join(ROOT, file), 'utf8')))

  // The bench has a guard of its own, which that test is about.
  t.strictSame(starts.toSorted(), [join('test', 'bench', 'outlive.test.ts'), join('test', 'support', 'guarded.ts')])
  t.end()
})

void t.test(
  'a program is not told to load what tap has its own programs load, and whatever else it is told it keeps',
  async (t) => {
    const theirs = '"--import=file:///x/node_modules/@tapjs/processinfo/dist/esm/import.mjs"'
    const env = { ...process.env, NODE_OPTIONS: `--no-warnings ${theirs} --conditions=here` }

    const told = guarded('bash', ['-c', 'echo $NODE_OPTIONS'], { env })

    // tap puts each option in quotes.
    const options = (await text(told.stdout)).replaceAll('"', '').trim().split(' ')
    t.strictSame(options, ['--no-warnings', '--conditions=here'])
  }
)
