import t from 'tap'
import { Instance } from '../../shared/engine/instance.ts'
import { forget, keepAnswer, remember, tellAnswer } from '../../shared/engine/remembering.ts'
import { tell, type Seen } from '../../shared/engine/seen.ts'
import { ANSWERS, REMEMBERED } from '../../shared/engine/retention.ts'

const seen = (n: number, time = 0, id = `id-${n}`): Seen => ({
  id,
  type: 'sum.add',
  from: 'outside',
  time,
  seq: n,
  body: undefined,
  reply: { kind: 'accepted', journalled: true, id, seq: n },
  waiting: []
})

void t.test('a machine remembers so many ids and no more, the newest', async (t) => {
  const instance = new Instance('m0', undefined)
  for (let n = 1; n <= REMEMBERED.ids + 10; n++) remember(instance, seen(n))

  t.equal(instance.seen.size, REMEMBERED.ids)
  t.notOk(instance.seen.has('id-10'))
  t.ok(instance.seen.has('id-11'))
})

void t.test('long ids are bounded by their bytes', async (t) => {
  const instance = new Instance('m0', undefined)
  for (let n = 1; n <= 10_000; n++) remember(instance, seen(n, 0, `${n}-${'x'.repeat(2000)}`))

  t.ok(instance.remembered.ids <= REMEMBERED.bytes)
  t.ok(instance.seen.size > 3000 && instance.seen.size < 10_000, `${instance.seen.size}`)
})

void t.test('what is too old is forgotten, and whoever still waits never', async (t) => {
  const instance = new Instance('m0', undefined)
  for (let n = 1; n <= 200; n++) remember(instance, seen(n))
  for (let n = 201; n <= 300; n++) remember(instance, seen(n, REMEMBERED.ageNs + 1))
  t.ok(instance.seen.size <= 100 + 64, `${instance.seen.size}`)

  const waiting = new Instance('m1', undefined)
  remember(waiting, { ...seen(0), reply: undefined })
  for (let n = 1; n <= 100; n++) remember(waiting, seen(n, REMEMBERED.ageNs * 3))
  t.ok(waiting.seen.has('id-0'))
})

void t.test('answers are bounded in number and bytes, and a repeat of an old question is told so', async (t) => {
  const instance = new Instance('m0', undefined)
  const asked = Array.from({ length: 40 }, (_, n): Seen => ({ ...seen(n), reply: undefined }))
  for (const each of asked) {
    remember(instance, each)
    tellAnswer(instance, each, { bytes: 'x'.repeat(ANSWERS.bytes / 20) })
  }

  t.ok(instance.answered.size < 20)
  t.ok(instance.remembered.answers <= ANSWERS.bytes)
  t.match(asked[0]?.reply, { kind: 'refused', problem: { code: 'answer-forgotten' } })
  t.match(asked.at(-1)?.reply, { kind: 'answered' })
})

void t.test('what is forgotten is not counted any more', async (t) => {
  const instance = new Instance('m0', undefined)
  const each = seen(1)
  remember(instance, each)
  remember(instance, each)
  tell(each, { kind: 'answered', journalled: true, answer: 'x' })
  keepAnswer(instance, each)
  forget(instance, each)

  t.strictSame(instance.remembered, { ids: 0, answers: 0 })
})
