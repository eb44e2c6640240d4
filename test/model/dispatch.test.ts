import t from 'tap'
import { Type } from 'typebox'
import { message } from '../../shared/contracts/message.ts'
import { dispatch, on, onStart, within } from '../../shared/model/dispatch.ts'
import type { Handler, Io } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { MACHINE_START } from '../../shared/contracts/message.ts'
import { type Input } from '../../shared/model/step.ts'
import { timerType } from '../../shared/model/timer.ts'
import { add, double, later, PING_ACCEPTS, seen, slot } from '../support/ping.ts'

const tick = timerType('tick', Type.Object({ name: Type.String() }))
const count = message({
  type: 'sum.count',
  to: 'vmm',
  method: 'GET',
  path: '/v1/machines/:machine/count',
  summary: 'How many',
  data: Type.Object({}),
  reply: Type.Object({ count: Type.Integer() })
})

const input = (type: string, data: unknown = {}, from: Input['from'] = 'outside'): Input => ({
  id: 'm0-vmm-1',
  type,
  from,
  time: 7,
  data
})

/** The state after one input, and what was asked for. */
function step<State>(handle: Handler<State>, state: State, given: Input) {
  const model = procedure<State>('vmm', () => state, handle)
  const [next, effects] = model.step(model.initial('m0'), given)
  return { state: model.view(next), effects }
}

void t.test('a handler gets the data of its message, and its result is the next state', async (t) => {
  const handle = dispatch<bigint, 'vmm'>('vmm', [on(add, (sum, { value }) => sum + value)], [add])

  t.equal(step(handle, 1n, input('sum.add', { name: 'a', value: 2n })).state, 3n)
})

void t.test('a question is answered by its handler, with the next state or in a session without one', async (t) => {
  const withState = dispatch<number, 'vmm'>('vmm', [on(count, (n, _, io) => [io.answer({ count: n }), n + 1])], [count])
  const inSession = dispatch<number, 'vmm'>(
    'vmm',
    within(openSession, [
      on(count, (session, _, { answer }) => {
        session.n += 10
        return answer({ count: session.n })
      })
    ]),
    [count]
  )

  t.match(step(withState, 4, input('sum.count')), { state: 5, effects: [{ kind: 'answer', data: { count: 4 } }] })
  t.match(step(inSession, 4, input('sum.count')), { state: 14, effects: [{ kind: 'answer', data: { count: 14 } }] })
})

function openSession(n: number, _: Io, handled: (session: { n: number }) => void): number {
  const session = { n }
  handled(session)
  return session.n
}

void t.test('a timer has a handler of its own, which no message of its name reaches', async (t) => {
  const handle = dispatch<string, 'vmm'>('vmm', [on(tick, (_, { name }) => name)], [])

  t.equal(step(handle, '', input('tick', { name: 'a' }, 'timer')).state, 'a')
  t.match(step(handle, '', input('tick', { name: 'a' })), {
    state: '',
    effects: [{ kind: 'refusal', code: 'event-type-unknown' }]
  })
})

void t.test('the start of a machine changes nothing unless the layer has a row for it', async (t) => {
  const without = dispatch<string, 'vmm'>('vmm', [], [])
  const booting = dispatch<string, 'vmm'>('vmm', [onStart(() => 'booted')], [])

  t.strictSame(step(without, 'off', input(MACHINE_START)), { state: 'off', effects: [] })
  t.equal(step(booting, 'off', input(MACHINE_START)).state, 'booted')
})

void t.test('what finds the part that a message is for may refuse it', async (t) => {
  const handle = dispatch<string, 'vmm'>('vmm', within(ofName, [on(add, (name) => `${name} handled`)]), [add])

  t.equal(step(handle, '', input('sum.add', { name: 'here', value: 1n })).state, 'here handled')
  t.match(step(handle, '', input('sum.add', { name: 'gone', value: 1n })), {
    state: '',
    effects: [{ kind: 'refusal', code: 'vm-unknown' }]
  })
})

function ofName(_: string, io: Io, handled: (name: string) => string, { name }: { readonly name: string }): string {
  if (name === 'gone') io.refuse('vm-unknown', `no VM ${name}`)
  return handled(name)
}

void t.test('handlers and contract that do not agree are an error when the layer is made', async (t) => {
  const row = on(add, (sum: number) => sum)

  t.throws(() => dispatch<number, 'vmm'>('vmm', [row], PING_ACCEPTS.vmm), {
    message: 'vmm has no handler of slot.set, number.double, timer.start'
  })
  t.throws(() => dispatch<number, 'vmm'>('vmm', [row], []), {
    message: /handler of sum.add, which its contract does not/
  })
  t.throws(() => dispatch<number, 'vmm'>('vmm', [row, row], [add]), { message: 'vmm has two handlers of sum.add' })
})

// What does not compile has no type that could be safe.
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return */

/** Never called: that it compiles is the test. A line that is no error any more is one. */
export function typesHold(io: Io): unknown {
  // @ts-expect-error a question is asked, not sent
  io.send(double, { value: 1n })
  // @ts-expect-error a message is sent, not asked
  io.ask(seen, { value: 1n })
  // @ts-expect-error 64-bit values are bigint
  io.send(seen, { value: 1 })
  // @ts-expect-error an answer may be a refusal
  io.ask(count, {}).count.toFixed()
  // @ts-expect-error a fallback is a reply
  io.ask(count, {}, { deadlineMs: 1, fallback: { total: 1 } })
  // @ts-expect-error no code of the table
  io.refuse('no-such-code', 'because')
  // @ts-expect-error a timer is no message
  io.timer(1, later, { afterNs: 1 })
  // @ts-expect-error a question that is not answered
  on(count, (n: number) => n)
  // @ts-expect-error a reply that the contract does not have
  on(count, (n: number, _, { answer }) => [answer({ total: n }), n])
  // @ts-expect-error nobody waits for an answer to a message
  on(add, (n: number, _, { answer }) => [answer, n])
  // @ts-expect-error data that the message does not carry
  on(slot, (n: number, { other }) => n + Number(other))
  // @ts-expect-error a message of another layer
  dispatch<number, 'vmm'>('vmm', [on(seen, (n: number) => n)])
  // @ts-expect-error a part that is found by what its message does not carry
  within(ofName, [on(slot, (name: string) => name)])
  return undefined
}
