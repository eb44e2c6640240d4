import { Type } from 'typebox'
import type { Layer } from '../../shared/contracts/layer.ts'
import { message, type MessageType } from '../../shared/contracts/message.ts'
import { Bytes, U64 } from '../../shared/contracts/wire.ts'
import { isRefused, procedure, type Limit } from '../../shared/model/procedure.ts'

/**
 * Two tiny layers to try the runtimes with. `vmm` counts what it gets and asks; `policy` answers. Nothing of the real
 * models is in here.
 */
const M = '/v1/machines/:machine'

export const add = message({
  type: 'sum.add',
  to: 'vmm',
  method: 'POST',
  path: `${M}/sums/:name`,
  summary: 'Adds to a sum and passes it on to the guest',
  data: Type.Object({ name: Type.String(), value: U64, raw: Type.Optional(Bytes) }),
  example: { value: '0x1' }
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
  summary: 'Asks the policy how much twice a number is, and says so',
  data: Type.Object({ value: U64 }),
  reply: Type.Object({ value: U64 }),
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

/** How the `vmm` here asks: with a deadline and a fallback, or for ever. */
export function vmmModel(limit?: Limit<{ value: bigint }>) {
  return procedure<Sums>(
    'vmm',
    () => ({ total: 0n, count: 0, doubled: [] }),
    (state, input, io) => {
      switch (input.type) {
        case 'machine.start':
          return state
        case 'sum.add': {
          const { name, value } = input.data as { name: string; value: bigint }
          if (value === 0n) io.refuse('field-invalid', 'adding nothing is pointless', '/value')
          io.note('sum.added', { name, value })
          io.send(seen, { value })
          return { ...state, total: state.total + value, count: state.count + 1 }
        }
        case 'slot.set':
          return { ...state, total: (input.data as { slot: number }).slot === 7 ? 700n : state.total }
        case 'number.double': {
          const { value } = input.data as { value: bigint }
          const answer = limit === undefined ? io.ask(twice, { value }) : io.ask(twice, { value }, limit)
          io.answer(answer)
          return isRefused(answer) ? state : { ...state, doubled: [...state.doubled, answer.value] }
        }
        case 'timer.start':
          io.timer((input.data as { afterNs: number }).afterNs, 'timer.fired', { value: 5n })
          return state
        case 'timer.fired':
          return { ...state, total: state.total + (input.data as { value: bigint }).value }
        default:
          throw new Error(`the vmm of this test got ${input.type}`)
      }
    }
  )
}

export const policyModel = procedure<number>(
  'policy',
  () => 0,
  (count, input, io) => {
    if (input.type !== 'policy.twice') return count
    const { value } = input.data as { value: bigint }
    if (value === 13n) io.refuse('answer-impossible', 'thirteen is not doubled')
    io.answer({ value: value * 2n })
    return count + 1
  }
)

export const guestModel = procedure<readonly bigint[]>(
  'guest',
  () => [],
  (values, input) => (input.type === 'guest.seen' ? [...values, (input.data as { value: bigint }).value] : values)
)
