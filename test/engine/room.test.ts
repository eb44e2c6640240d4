import t from 'tap'
import { Instance } from '../../shared/engine/instance.ts'
import { Room } from '../../shared/engine/room.ts'
import { weightOfState } from '../../shared/engine/weight.ts'

const MIB = 1024 * 1024
const HALF = 'x'.repeat(MIB / 2)

void t.test('a state is weighed with its maps, sets and bytes, and what is shared once', (t) => {
  const bytes = new Uint8Array(10_000)
  const alone = weightOfState({ bytes })
  t.ok(alone > 10_000 && alone < 10_300, `${alone}`)
  t.ok(weightOfState(new Map([['a', new Set(['y'.repeat(5000)])]])) > 5000)
  const part = { text: 'z'.repeat(5000) }
  t.ok(weightOfState([part, part, part]) < 6000)
  t.end()
})

void t.test('a machine is looked at once as much has come as might have made it too large', (t) => {
  const room = new Room(2 * MIB)
  const machine = new Instance('m0', { kept: [] as string[] })
  const kept: string[] = []
  let taken = 0
  while (room.over(machine, HALF) === undefined && taken < 100) {
    kept.push(`${HALF}${taken++}`)
    machine.state = { kept: [...kept] }
    machine.accepted++
  }
  const size = weightOfState(machine.state)
  t.ok(size > 2 * MIB && size <= 3.5 * MIB, `${size} bytes`)
  t.equal(room.over(machine, 'a'), size, 'a short one is refused as well')

  machine.state = { kept: [] }
  t.equal(room.over(machine, 'a'), size, 'nothing is looked at again until something has been taken in')
  t.equal(room.fullSize(machine), size)
  machine.accepted += 4
  t.equal(room.over(machine, 'a'), undefined)
  t.equal(room.fullSize(machine), undefined)
  t.end()
})

void t.test('a large state is not walked for each input, and at once when something was deleted', (t) => {
  const room = new Room(MIB)
  let looks = 0
  const kept = Array.from({ length: 20 }, () => HALF)
  const state = {
    get kept() {
      return (looks++, kept)
    }
  }
  const machine = new Instance('m0', state)
  while (room.over(machine, HALF) === undefined) machine.accepted++
  looks = 0
  for (let n = 0; n < 100; n++) {
    machine.accepted++
    room.over(machine, 'a')
  }
  t.ok(looks >= 5 && looks <= 12, `${looks} looks at 10 MiB for 100 inputs`)

  looks = 0
  room.come(machine, {}, true)
  kept.splice(0)
  t.equal(room.over(machine, 'a'), undefined)
  t.equal(looks, 1)
  t.end()
})

void t.test('what comes from other layers is counted, and makes a machine full', (t) => {
  const room = new Room(2 * MIB)
  const machine = new Instance('m0', {})
  const kept: string[] = []
  for (let n = 0; n < 12; n++) {
    room.come(machine, HALF)
    kept.push(`${HALF}${n}`)
    machine.state = { kept: [...kept] }
    machine.accepted++
  }
  t.ok((room.fullSize(machine) ?? 0) > 2 * MIB)
  t.ok(room.over(machine, 'a') !== undefined, 'so that the first from outside is refused')
  t.end()
})

void t.test('what does not stay may come without end', (t) => {
  const room = new Room(2 * MIB)
  const machine = new Instance('m0', {})
  for (let n = 0; n < 50; n++) {
    t.equal(room.over(machine, HALF), undefined)
    machine.accepted++
  }
  t.end()
})
