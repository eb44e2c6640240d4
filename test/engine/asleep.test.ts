import t, { type Test } from 'tap'
import { vmmModel } from '../support/ping.ts'
import { ask } from '../service/http.ts'
import { vmmService } from '../service/ping-service.ts'
import { virtualClock } from '../../shared/engine/clock.ts'
import { Instance } from '../../shared/engine/instance.ts'
import { imageOf, restore, SNAPSHOT_FORM } from '../../shared/engine/snapshot.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'

/** What a machine of the ping model has come to; `held` is what makes it one that has something to do. */
function image(held?: (instance: Instance) => void): string {
  const instance = new Instance('any', vmmModel().initial('any'))
  instance.accepted = 3
  instance.made = 2
  held?.(instance)
  return imageOf(instance)
}

/** A text whose state is no value, but whose other parts are. */
const unreadable = (text: string) => text.replace(/^\{"state":\{.*?\},"made"/, '{"state":[99],"made"')

/** A directory with these snapshots and no rows, as a service would find it. */
function dataWith(t: Test, texts: Readonly<Record<string, string>>): string {
  const data = t.testdir()
  const store = sqliteStore(data, 'vmm', 0)
  for (const [machine, text] of Object.entries(texts)) {
    store.snapshot({ machine, form: SNAPSHOT_FORM, place: 5, last: 5, time: 1, text })
  }
  store.flush()
  store.close()
  return data
}

void t.test('a restart makes the state of a machine only when somebody asks for it', async (t) => {
  const names = Array.from({ length: 40 }, (_, number) => `quiet-${number}`)
  const texts = Object.fromEntries(names.map((name) => [name, unreadable(image())]))
  t.match(texts['quiet-0'], /"state":\[99\]/)
  const data = dataWith(t, { ...texts, asked: image() })

  const vmm = vmmService({ clock: virtualClock(), store: sqliteStore(data, 'vmm', 0), machines: [] })
  t.teardown(() => vmm.close())

  t.match((await ask(vmm, 'GET', '/v1/machines')).json, { machines: ['asked', ...names.toSorted()] })
  t.match((await ask(vmm, 'GET', '/v1/machines/asked/sums')).json, { total: '0x0' })
  t.match((await ask(vmm, 'GET', '/v1/quiescence?machine=quiet-1')).json, { accepted: 3, timers: [] })
  t.equal(
    (await ask(vmm, 'GET', '/v1/machines/quiet-1/sums')).status,
    500,
    'what cannot be read is shown as nothing else'
  )
  t.equal((await ask(vmm, 'GET', '/v1/machines/quiet-1/sums')).status, 500, 'nor the second time')
})

void t.test('a machine that has something to do is made at once', async (t) => {
  const armed = {
    timer: { kind: 'timer', id: 'x.1', type: 'ping', afterNs: 1, data: {} },
    due: 5,
    traceparent: undefined
  }
  const text = image(({ timers }) => timers.set('x.1', { ...armed, stop: undefined } as never))
  const instance = new Instance('m1', undefined)

  t.throws(() => restore(new Instance('m0', undefined), unreadable(text)), /no form of a value/)
  restore(instance, text)
  t.notOk(instance.isAsleep)
  t.strictSame([...instance.timers.keys()], ['x.1'])
})

void t.test(
  'what was kept of a machine that slept is what its snapshot says, and it is the same machine',
  async (t) => {
    const whole = new Instance('m0', { total: 2n })
    whole.lanes.set('guest', { sent: 4, delivered: 4 })
    whole.seen.set('a', {
      id: 'a',
      type: 'x',
      from: 'outside',
      time: 1,
      seq: 3,
      body: 7,
      reply: undefined,
      waiting: []
    })
    const text = imageOf(whole)
    const instance = new Instance('m0', undefined)
    restore(instance, text)

    t.ok(instance.isAsleep && instance.isKept)
    t.strictSame([...instance.lanes], [['guest', { sent: 4, delivered: 4 }]])
    t.ok(instance.isAsleep, 'nothing of that is what sleeps')
    t.strictSame(instance.seen.get('a')?.body, 7)
    t.notOk(instance.isAsleep)
    instance.state = { total: 3n }
    t.strictSame(instance.kept, { state: { total: 2n } })
    instance.state = instance.kept?.state
    t.equal(imageOf(instance), text)
  }
)
