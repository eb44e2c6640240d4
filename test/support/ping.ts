import { Type } from 'typebox'
import type { Layer } from '../../shared/contracts/layer.ts'
import { message, type MessageType } from '../../shared/contracts/message.ts'
import { note } from '../../shared/contracts/notes/note.ts'
import { Bytes, U64 } from '../../shared/contracts/wire.ts'
import { dispatch, on } from '../../shared/model/dispatch.ts'
import { isRefused, type Limit } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { timerType } from '../../shared/model/timer.ts'

/**
 * Two tiny layers to try the runtimes with. `vmm` counts what it gets and asks; `policy` answers. Nothing of the real
 * models is in here.
 */
const M = '/v1/machines/:machine'

const RefusedReply = Type.Object({
  refused: Type.Object({ code: Type.String(), detail: Type.String(), field: Type.Optional(Type.String()) })
})

export const add = message({
  type: 'sum.add',
  to: 'vmm',
  method: 'POST',
  path: `${M}/sums/:name`,
  summary: 'Adds to a sum and passes it on to the guest',
  data: Type.Object({ name: Type.String(), value: U64, raw: Type.Optional(Bytes) }),
  example: { value: '0x1' }
})
export const sumAdded = note({
  type: 'sum.added',
  layer: 'vmm',
  level: 'story',
  data: Type.Object({ name: Type.String(), value: U64 }),
  says: ({ name, value }) => `${name} adds ${value}`,
  example: { name: 'a', value: '0x1' }
})
export const slot = message({
  type: 'slot.set',
  to: 'vmm',
  method: 'PUT',
  path: `${M}/slots/:slot`,
  summary: 'Sets a slot by number',
  data: Type.Object({ slot: Type.Integer({ minimum: 0, maximum: 7 }), value: U64 }),
  example: { value: '0x1' }
})
export const double = message({
  type: 'number.double',
  to: 'vmm',
  method: 'POST',
  path: `${M}/doubles`,
  summary: 'Asks the policy how much twice a number is, and says so, or why it does not know',
  data: Type.Object({ value: U64 }),
  reply: Type.Union([Type.Object({ value: U64 }), RefusedReply]),
  example: { value: '0x2' }
})
export const later = message({
  type: 'timer.start',
  to: 'vmm',
  method: 'POST',
  path: `${M}/timers`,
  summary: 'Adds to a sum after some time',
  data: Type.Object({ afterNs: Type.Integer({ minimum: 0 }) }),
  example: { afterNs: 1000 }
})
export const twice = message({
  type: 'policy.twice',
  to: 'policy',
  method: 'POST',
  path: `${M}/twice`,
  summary: 'Answers twice the value',
  data: Type.Object({ value: U64 }),
  reply: Type.Object({ value: U64 }),
  example: { value: '0x2' }
})
export const seen = message({
  type: 'guest.seen',
  to: 'guest',
  method: 'POST',
  path: `${M}/seen`,
  summary: 'Keeps a value',
  data: Type.Object({ value: U64 }),
  example: { value: '0x2' }
})

export const PING_ACCEPTS: Readonly<Partial<Record<Layer, readonly MessageType[]>>> = {
  vmm: [add, slot, double, later],
  policy: [twice],
  guest: [seen]
}
export const PING_TYPES = [add, slot, double, later, twice, seen]

export interface Sums {
  readonly total: bigint
  readonly count: number
  readonly doubled: readonly bigint[]
}

/** Adds 5 when it fires. */
const fired = timerType('timer.fired', Type.Object({ value: U64 }))

/** How the `vmm` here asks: with a deadline and a fallback, or for ever. */
export function vmmModel(limit?: Limit<{ value: bigint }>) {
  return procedure<Sums>(
    'vmm',
    () => ({ total: 0n, count: 0, doubled: [] }),
    dispatch<Sums, 'vmm'>(
      'vmm',
      [
        on(add, (state, { name, value }, io) => {
          if (value === 0n) io.refuse('field-invalid', 'adding nothing is pointless', '/value')
          io.note(sumAdded, { name, value })
          io.send(seen, { value })
          return { ...state, total: state.total + value, count: state.count + 1 }
        }),
        on(slot, (state, data) => ({ ...state, total: data.slot === 7 ? 700n : state.total })),
        on(double, (state, { value }, io) => {
          const answer = io.ask(twice, { value }, limit)
          const doubled = isRefused(answer) ? state.doubled : [...state.doubled, answer.value]
          return [io.answer(answer), { ...state, doubled }]
        }),
        on(later, (state, { afterNs }, io) => {
          io.timer(afterNs, fired, { value: 5n })
          return state
        }),
        on(fired, (state, { value }) => ({ ...state, total: state.total + value }))
      ],
      PING_ACCEPTS.vmm
    )
  )
}

export const policyModel = procedure<number>(
  'policy',
  () => 0,
  dispatch<number, 'policy'>(
    'policy',
    [
      on(twice, (count, { value }, io) => {
        if (value === 13n) io.refuse('answer-impossible', 'thirteen is not doubled')
        return [io.answer({ value: value * 2n }), count + 1]
      })
    ],
    PING_ACCEPTS.policy
  )
)

export const guestModel = procedure<readonly bigint[]>(
  'guest',
  () => [],
  dispatch<readonly bigint[], 'guest'>(
    'guest',
    [on(seen, (values, { value }) => [...values, value])],
    PING_ACCEPTS.guest
  )
)
