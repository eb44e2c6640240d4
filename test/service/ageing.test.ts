import t, { type Test } from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { ask, journalOf } from './http.ts'
import { vmmService } from './ping-service.ts'

const AGE_NS = 1000e9
const M = '/v1/machines/m0'

function serve(t: Test, directory: string) {
  const clock = virtualClock()
  const store = sqliteStore(directory, 'vmm', 0)
  const service = vmmService({ clock, store, retention: { ageNs: AGE_NS } })
  t.teardown(() => service.close())
  return { clock, service, rows: () => store.size?.().rows }
}

/** Until what was begun is kept. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

void t.test('a service that nobody talks to lets go of what is too old, and has the same state', async (t) => {
  const directory = t.testdir()
  const { clock, service, rows } = serve(t, directory)
  for (const value of ['0x1', '0x2', '0x3']) await ask(service, 'POST', `${M}/sums/a`, { value })
  const sums = (await ask(service, 'GET', `${M}/sums`)).json
  const kinds = async () => new Set((await journalOf(service)).map(({ kind }) => kind))

  clock.advance(AGE_NS * 0.95)
  await turns()
  t.equal(rows(), 4, 'the machine and three messages')
  t.notOk((await kinds()).has('gap'))

  clock.advance(AGE_NS * 0.15)
  await turns()
  t.equal(rows(), 0)
  t.strictSame([...(await kinds())], ['gap'])
  t.strictSame((await ask(service, 'GET', `${M}/sums`)).json, sums)
  await service.close()

  const again = serve(t, directory)
  t.strictSame((await ask(again.service, 'GET', `${M}/sums`)).json, sums, 'after a restart, too')
})

void t.test('what is looked for when it is old goes on being looked for, until the service is closed', async (t) => {
  const { clock, service, rows } = serve(t, t.testdir())
  await service.ready()
  for (let round = 0; round < 3; round++) {
    await ask(service, 'POST', `${M}/sums/a`, { value: '0x1' })
    t.ok((rows() ?? 0) > 0)
    clock.advance(AGE_NS * 1.1)
    await turns()
    t.equal(rows(), 0)
  }
  await service.close()
  t.equal(clock.nextTimer(), undefined)
})
