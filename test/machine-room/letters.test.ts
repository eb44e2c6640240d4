import t from 'tap'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { systemOfRoom } from '../../shared/machine-room/system.ts'
import type { guestModel } from '../support/ping.ts'
import { PING_ACCEPTS, policyModel, seen, vmmModel } from '../support/ping.ts'
import { on, dispatch } from '../../shared/model/dispatch.ts'
import { procedure } from '../../shared/model/procedure.ts'

const add = { to: 'vmm', type: 'sum.add' } as const

/** A guest that refuses its first value. */
const choosyGuest = procedure<readonly bigint[]>(
  'guest',
  () => [],
  dispatch<readonly bigint[], 'guest'>(
    'guest',
    [
      on(seen, (values, { value }, io) => {
        if (values.length === 0 && value !== 2n) io.refuse('field-invalid', 'two comes first', '/value')
        return [...values, value]
      })
    ],
    PING_ACCEPTS.guest
  )
)

const roomOf = (guest: typeof guestModel, validate: boolean) =>
  new MachineRoom([vmmModel(), policyModel, guest], { accepts: PING_ACCEPTS, validate, machines: ['m0', 'm1'] })

for (const validate of [false, true]) {
  const how = validate ? ', as JSON' : ''
  void t.test(`what a layer in this process refused can be read, sent again and dropped${how}`, async (t) => {
    const room = roomOf(choosyGuest, validate)
    const system = systemOfRoom(room)
    room.post('m0', add, { name: 'a', value: 3n }, { id: 'three' })
    room.post('m0', add, { name: 'a', value: 4n }, { id: 'four' })
    room.post('m1', add, { name: 'a', value: 5n }, { id: 'five' })
    await system.settle('m0')

    const [three, four, ...others] = await system.deadLetters('m0')
    t.match(three, {
      id: 'three.2',
      from: 'vmm',
      to: 'guest',
      data: { value: '0x3' },
      reason: { code: 'field-invalid' }
    })
    t.match(four, { id: 'four.2' })
    t.strictSame(others, [])
    t.match(room.letters.list(), [{}, {}, { machine: 'm1' }])
    t.match(room.became('m0', 'three'), { became: 'dead-letter', waits: [{ id: 'three.2', for: 'dead-letter' }] })

    await system.retry(three!)
    await t.rejects(system.retry(three!), { message: /letter|under way/ }, 'it is under way')
    await system.settle('m0')
    t.match(await system.deadLetters('m0'), [
      { id: 'three.2', tries: 2 },
      { id: 'four.2', tries: 1 }
    ])

    room.post('m0', add, { name: 'a', value: 2n })
    await system.settle('m0')
    await system.retry(three!)
    await system.drop(four!)
    await t.rejects(system.drop(four!), { message: /letter|under way/ })
    await system.settle('m0')

    t.strictSame(choosyGuest.view(room.state('guest') as never), [2n, 3n], 'a value as it was sent')
    t.strictSame(await system.deadLetters('m0'), [])
    t.match(room.became('m0', 'three'), { became: 'settled' })
    t.match(await system.deadLetters('m1'), [{ id: 'five.2' }])
  })
}
