import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildConsole } from '../../services/console/app.ts'
import { sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import { packed } from '../../services/console/runs/kept-run.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const LINE = {
  kind: 'memory',
  hostPhysical: '0x7bf15000',
  signalled: 'SEA',
  containment: 'UER',
  severity: 'recoverable'
}

/** A console beside services that are there, with what another one has kept in a directory. */
async function consoleOn(t: Test, urls: Readonly<Record<string, string>>, data: string) {
  let runs = 0
  const app = buildConsole({ urls, newMachine: () => `next-${++runs}`, runFile: sqliteRunFile(data) })
  t.teardown(() => app.close())
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}

void t.test(
  'runs outlive a restart of the console; one that was under way has failed, and its machine goes',
  async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'seabus-runs-'))
    t.teardown(() => rmSync(data, { recursive: true, force: true }))
    const { urls } = await services(t)
    const first = await consoleOn(t, urls, data)
    const { id } = (await request(`${first.url}/v1/runs`, { body: { story: 'morse' } })).json as { id: string }
    const journal = await request(`${first.url}/v1/runs/${id}/journal`)
    const report = await request(`${first.url}/v1/runs/${id}`)
    const scenario = { seabus: 1, title: 'long', steps: [{ wait: '500s' }] }
    const long = (await request(`${first.url}/v1/runs`, { body: { scenario, wait: false } })).json as { id: string }
    await first.app.close()

    const second = await consoleOn(t, urls, data)

    t.equal((await request(`${second.url}/v1/runs/${id}`)).text, report.text)
    t.equal((await request(`${second.url}/v1/runs/${id}/journal`)).text, journal.text)
    t.match((await request(`${second.url}/v1/runs`)).json, {
      runs: [
        { id: long.id, state: 'failed', problem: { code: 'shutting-down' } },
        { id, state: 'ended' }
      ]
    })
    t.equal((await request(`${second.url}/v1/runs/${long.id}/scenario`)).status, 200)
    for (const layer of MODELLED_LAYERS) {
      t.equal((await request(`${urls[layer]}/v1/machines/${long.id}`)).status, 404, layer)
    }
  }
)

void t.test(
  'a run that was under way when the console was killed has failed; what happened in it is kept, and its machine goes',
  async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'seabus-runs-'))
    t.teardown(() => rmSync(data, { recursive: true, force: true }))
    const { urls, system } = await services(t)
    await system.createMachine('left')
    await request(`${urls.hardware}/v1/machines/left/errors`, { body: LINE })
    await system.settle()
    const happened = await system.journal('left')
    const file = sqliteRunFile(data)
    const summary = { id: 'left', machine: 'left', name: 'long', state: 'running', linux: '6.1', setup: {} } as const
    const kept = await packed({ scenario: 'seabus: 1' }, [])
    const started = new Date(0).toISOString()
    file.write({ summary: { ...summary, keeps: false, started, entries: 0 }, packed: kept }, [])
    file.close()

    const { url } = await consoleOn(t, urls, data)
    const read = async () => (await request(`${url}/v1/runs/left`)).json as { readonly state: string }
    // What happened in it is read while the console serves, and until then it is told as it was.
    while ((await read()).state === 'running');

    t.match(await read(), { state: 'failed', sentence: 'console restarted', entries: happened.length })
    const { text } = await request(`${url}/v1/runs/left/journal`)
    t.same(
      entriesIn(text).map(({ layer, seq }) => `${layer} ${seq}`),
      happened.map(({ layer, seq }) => `${layer} ${seq}`)
    )
    const known = () => Promise.all(MODELLED_LAYERS.map((layer) => request(`${urls[layer]}/v1/machines/left`)))
    while ((await known()).some(({ status }) => status === 200));
    t.pass('no service has it any more')
  }
)
