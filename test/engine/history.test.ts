import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { virtualClock } from '../../shared/engine/clock.ts'
import { listen } from '../../shared/service/listen.ts'
import type { AnyModel } from '../../shared/model/step.ts'
import { effectsForPeople, effectsText } from '../../shared/engine/effects-text.ts'
import { ask, journalOf } from '../service/http.ts'
import { modelService } from '../service/ping-service.ts'
import { vmmModel } from '../support/ping.ts'

const M = '/v1/machines/m0'

/** The model as a later release may have it. */
function changed(step: (before: AnyModel['step']) => AnyModel['step']): AnyModel {
  const before = vmmModel()
  return { ...before, step: step(before.step) }
}

const serving = (directory: string, model: AnyModel = vmmModel()) =>
  modelService(model, { clock: virtualClock(), store: sqliteStore(directory, 'vmm', 0) })

async function written(directory: string): Promise<void> {
  const app = serving(directory)
  for (const [i, value] of ['0x1', '0x2', '0x0'].entries()) {
    await ask(app, 'POST', `${M}/sums/a`, { value }, { 'idempotency-key': `k${i}` })
  }
  await app.close()
}

void t.test('a model that does again what it has done goes on', async (t) => {
  const directory = t.testdir()
  await written(directory)
  const app = serving(directory)
  t.teardown(() => app.close())
  t.equal((await journalOf(app)).filter(({ kind }) => kind === 'message').length, 3)
})

void t.test('a model that does something else is stopped at the first row at which it does', async (t) => {
  const directory = t.testdir()
  await written(directory)
  const app = serving(
    directory,
    changed((step) => (state, input) => {
      const [next, effects] = step(state, input)
      // Sends another value once, which changes nothing in the numbers of messages.
      const others = effects.map((effect) =>
        effect.kind === 'send' && input.id === 'k1' ? { ...effect, data: { value: 9n } } : effect
      )
      return [next, others]
    })
  )

  await t.rejects(listen(app, 'vmm', { SEABUS_PORT: '0' }), {
    name: 'Error',
    message:
      /^vmm cannot start: vmm does not do again what it has done, from row 3: m0, sum\.add k1 on: it did note sum\.added k1\.1, send guest\.seen k1\.2 \(\w+\), and now note sum\.added k1\.1, send guest\.seen k1\.2 \(\w+\)\. Nothing in .*vmm\.sqlite \(of seabus \d.*\) was changed: run the seabus that wrote it, or have it as text by "npx seabus doctor --export"/
  })
  await app.close()
  const again = serving(directory)
  t.teardown(() => again.close())
  t.match(
    (await journalOf(again)).map(({ id }) => id),
    ['m0.vmm.start', 'k0'],
    'the data still serve the old one'
  )
})

void t.test('a model that does less, refuses, or fails is stopped as well', async (t) => {
  const directory = t.testdir()
  await written(directory)
  const told: readonly (readonly [AnyModel, RegExp])[] = [
    [
      changed((step) => (state, input) => [step(state, input)[0], []]),
      /from row 2: m0, sum\.add k0 on: it did note .*, and now nothing\./
    ],
    [
      changed(
        (step) => (state, input) =>
          input.id === 'k1' ? [state, [{ kind: 'refusal', code: 'field-invalid', detail: 'no' }]] : step(state, input)
      ),
      /from row 3: .*: it was taken in, and now it is refused with field-invalid/
    ],
    [
      changed((step) => (state, input) => {
        if (input.id === 'k1') throw new Error('a mistake')
        return step(state, input)
      }),
      /from row 3: .*: a mistake/
    ]
  ]
  for (const [model, message] of told) {
    const app = serving(directory, model)
    await t.rejects(Promise.resolve(app.ready()), { name: 'HistoryDiffers', message })
    await app.close()
  }
})

void t.test('what came of an input is the same text in whatever order its fields are', (t) => {
  const input = { id: 'k', type: 'x', from: 'outside', time: 1, data: {} } as const
  const timer = { kind: 'timer', id: 'k.1', afterNs: 1, type: 'y' } as const
  const one = effectsText(input, [{ ...timer, data: { a: 1n, b: Uint8Array.of(1, 2) } }])
  t.equal(one, effectsText(input, [{ ...timer, data: { b: Uint8Array.of(1, 2), a: 1n } }]))
  t.not(one, effectsText(input, [{ ...timer, data: { a: 1n, b: Uint8Array.of(1, 3) } }]))
  t.not(one, effectsText(input, [{ ...timer, data: { a: 2n, b: Uint8Array.of(1, 2) } }]))
  t.not(one, effectsText(input, [{ ...timer, afterNs: 2, data: { a: 1n, b: Uint8Array.of(1, 2) } }]))
  t.match(effectsForPeople(one, 'k'), /^timer y k\.1 \(\w+\)$/)
  t.equal(effectsForPeople(effectsText(input, []), 'k'), 'nothing')
  t.end()
})
