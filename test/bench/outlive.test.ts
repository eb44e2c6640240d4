import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { ROOT } from '../support/programs.ts'

/** What is started inherits its standard error, which therefore comes to its end when all of it is gone. */
function startAll() {
  // Guarded itself, so that it does not outlive a test that is killed.
  const args = ['bench/processes/guarded.ts', `${ROOT}test/bench/starts-all.ts`]
  const bench = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
  let told = ''
  const running = new Promise<void>((resolve, reject) => {
    const hear = (part: string) => {
      told += part
      if (told.includes('the children run') && told.includes('the command runs')) resolve()
    }
    bench.stdout.setEncoding('utf8').on('data', hear)
    bench.stderr.setEncoding('utf8').on('data', hear)
    bench.on('close', () => reject(new Error(`not all of it runs: ${told}`)))
  })
  return { bench, running }
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  void t.test(`${signal} to the bench ends all that it has started, the busy too`, async (t) => {
    const { bench, running } = startAll()
    t.teardown(() => bench.kill('SIGKILL'))
    await running
    const gone = once(bench, 'close')
    bench.kill(signal)

    t.strictSame(await gone, [null, signal], 'nobody holds its standard error any more')
  })
}
