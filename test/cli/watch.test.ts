import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { followConsole, type Merged } from '../../cli/watch/follow-console.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { freePortBase } from '../support/ports.ts'
import { program, shellProgram } from '../support/programs.ts'
import { services } from '../support/services.ts'

const poison = (hostPhysical: bigint) =>
  ({ kind: 'memory', hostPhysical, signalled: 'SEA', containment: 'UER', severity: 'recoverable' }) as const

void t.test(
  'what there is and what happens then is shown as the narrative tells it, until it is stopped',
  async (t) => {
    const { urls, system } = await services(t)
    await system.tell('m0', errorInject, poison(0x4800_1000n))
    const watching = program('cli/seabus.ts', ['watch', '--url', urls.console])

    await watching.says('the line at 0x48001000 is poisoned')
    await system.tell('m0', errorInject, poison(0x4800_2000n))
    await watching.says('the line at 0x48002000 is poisoned')
    const { code, out, err } = await watching.stop()

    t.equal(err, '')
    t.ok([130, 143].includes(code ?? 0), 'by the signal that ended it')
    t.match(out, /^ +\d+\.\d{6} {2}m0 +outside -> hardware +memory error at 0x48001000: recoverable, .*$/m)
    t.notMatch(out, 'ghes.armed', 'the story, and no details')
  }
)

void t.test('filters are those of the journal, and a layer is wherever it takes part', async (t) => {
  const { urls, system } = await services(t, { machines: ['m0', 'm1'] })
  const see = async (...args: string[]) => {
    const watching = program('cli/seabus.ts', ['watch', '--url', urls.console, ...args])
    await watching.says('0x48009000')
    return (await watching.stop()).out
  }
  for (const machine of ['m0', 'm1']) await system.tell(machine, errorInject, poison(0x4800_9000n))
  await system.settle()

  t.notMatch(await see('--machine', 'm1'), ' m0 ')
  t.notMatch(await see('--type', 'error.inject'), 'is poisoned')
  t.notMatch(await see('--layer', 'hardware'), 'HEST: Table parsing')
  t.match(await see('--all', '--format', 'json'), /"type":"machine\.start"/)
})

void t.test('a mistake is one line, and so is a console that is not there', async (t) => {
  const { urls } = await services(t)
  const ended = (...args: string[]) => program('cli/seabus.ts', ['watch', ...args]).ended

  t.match(await ended('--url', urls.console, '--type', 'signal.delivr'), {
    code: 2,
    err: /did you mean signal\.deliver\?/
  })
  t.match(await ended('--url', urls.console, '--layer', 'gest'), {
    code: 2,
    err: 'seabus: there is no layer gest; did you mean guest?\n'
  })
  const nobody = `http://127.0.0.1:${await freePortBase()}`
  t.match(await ended('--url', nobody), {
    code: 3,
    err: `seabus watch: ${nobody} cannot be reached: connection refused\n`
  })
})

void t.test('a reader that has seen enough ends it', async (t) => {
  const { urls } = await services(t)
  const seen = shellProgram(
    `${process.execPath} cli/seabus.ts watch --url ${urls.console} --all --format json | head -n 1`
  )

  // The pipe breaks with the first line after the reader is gone: there are more than it holds only if something happens.
  t.match(await seen.ended, { code: 0, out: /^\{.*\}\n$/ })
})

void t.test('after so many lines it leaves, where that is asked for', async (t) => {
  const { urls } = await services(t)
  const { code, out } = await program('cli/seabus.ts', ['watch', '--url', urls.console, '--all', '--count', '2']).ended

  t.equal(code, 0)
  t.equal(out.split('\n').length, 3)
})

void t.test('only what happens from now on is shown where that is asked for', async (t) => {
  const { urls, system } = await services(t)
  await system.tell('m0', errorInject, poison(0x4800_1000n))
  await system.settle()
  const stop = new AbortController()
  const seen: Merged[] = []
  const done = (async () => {
    const following = { filter: { type: ['error.inject'] }, isNew: true, signal: stop.signal, notice: () => undefined }
    for await (const entry of followConsole(urls.console, following)) {
      seen.push(entry)
      stop.abort()
    }
  })().catch(() => undefined)
  // Whether it has begun to follow nobody says: errors come until it sees one.
  for (let at = 0x4801_0000n; seen.length === 0; at += 0x1000n) await system.tell('m0', errorInject, poison(at))
  await done

  t.not((seen[0]?.data as { hostPhysical?: string }).hostPhysical, '0x48001000')
})

void t.test('a console that goes away is waited for, and goes on behind what was seen', async (t) => {
  const asked: string[] = []
  const entry = (seq: number) =>
    `${JSON.stringify({ kind: 'note', type: 'x', layer: 'vmm', cursor: `c${seq}`, seq })}\n`
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(entry(asked.length))
    // It goes in the middle of a line.
    response.write('{"kind":', () => response.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = new AbortController()
  const seen: unknown[] = []
  const following = { filter: {}, isNew: false, signal: stop.signal, notice: () => undefined, againMs: 1 }
  await (async () => {
    for await (const { seq } of followConsole(url, following)) {
      seen.push(seq)
      if (seq === 3) stop.abort()
    }
  })().catch(() => undefined)
  server.close()
  server.closeAllConnections()

  t.strictSame(seen, [1, 2, 3])
  t.match(asked, [/^\/v1\/journal\?follow=true$/, /after=c1/, /after=c2/])
})
