import t from 'tap'
import { HandlerDiverged } from '../../shared/model/handler-run.ts'
import { procedure } from '../../shared/model/procedure.ts'
import type { Effect, Input } from '../../shared/model/step.ts'
import { double, seen, sumAdded, twice } from '../support/ping.ts'

const inputOf = (id: string, type: string, data: unknown = {}): Input => ({ id, type, from: 'outside', time: 0, data })
const answerTo = (ask: Effect | undefined, data: unknown): Input =>
  inputOf(`${ask?.kind === 'ask' ? ask.id : ''}.a`, 'answer', data)

/** A handler that asks twice; `differs` says what it does otherwise when it is run again. */
function asksTwice(differs: 'nothing' | 'type' | 'data' | 'receiver' | 'order' | 'less') {
  let runs = 0
  return procedure<bigint>(
    'vmm',
    () => 0n,
    (state, input, io) => {
      if (input.type !== 'number.double') return state
      const again = ++runs > 1
      if (again && differs === 'less') return 1n
      if (again && differs === 'order') io.note(sumAdded, { name: 'a', value: 1n })
      if (again && differs === 'receiver') io.send({ ...seen, to: 'policy' }, { value: 1n })
      else if (again && differs === 'type') io.note({ ...sumAdded, type: seen.type }, { name: 'a', value: 1n })
      else io.send(seen, { value: again && differs === 'data' ? 2n : 1n })
      io.ask(twice, { value: 1n })
      io.ask(twice, { value: 2n })
      return 7n
    }
  )
}

void t.test('a handler that is run again asks for the same, which leaves once', async (t) => {
  const model = asksTwice('nothing')

  const [first, asked] = model.step(model.initial('m0'), inputOf('q', double.type))
  const [second, askedAgain] = model.step(first, answerTo(asked[1], { value: 2n }))
  const [last, rest] = model.step(second, answerTo(askedAgain[0], { value: 4n }))

  t.match(asked, [
    { kind: 'send', id: 'q.1' },
    { kind: 'ask', id: 'q.2' }
  ])
  t.match(askedAgain, [{ kind: 'ask', id: 'q.3', data: { value: 2n } }])
  t.strictSame([rest, model.view(last)], [[], 7n])
})

for (const [differs, before, now] of [
  ['type', /"kind":"send".*"type":"guest\.seen"/, /now \{"kind":"note"/],
  ['data', /"data":\{"value":"0x1"\}/, /now .*"value":"0x2"/],
  ['receiver', /"to":"guest"/, /now .*"to":"policy"/],
  ['order', /"kind":"send"/, /now \{"kind":"note","type":"sum\.added"/],
  ['less', /"kind":"send"/, /now \{\}/]
] as const) {
  void t.test(`a handler that is run again and differs in ${differs} stops, with both`, async (t) => {
    const model = asksTwice(differs)
    const [state, asked] = model.step(model.initial('m0'), inputOf('q', double.type))

    const stop = () => model.step(state, answerTo(asked[1], { value: 2n }))

    t.throws(stop, HandlerDiverged)
    t.throws(stop, before, 'what it was')
    t.throws(stop, now, 'what it is now')
    t.throws(stop, /number\.double q was run again and differs in its effect 1/)
  })
}
