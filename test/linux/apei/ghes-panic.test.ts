import t from 'tap'
import { NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { apeiClaimSea } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { notifyHed } from '../../../shared/linux/apei/ghes-notify-hed.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import { ackOf, block, ghesMachine, memoryRecord, source, SOURCE, VICTIM } from './ghes-machine.ts'

const PA = 0x4800_0000n
const page = (n: number): Uint8Array => memoryRecord(PA + 0x1000n * BigInt(n))

void t.test('A17: a fatal block on a polled source is printed, acknowledged and panics', async (t) => {
  for (const severity of [SEVERITY.fatal, 4, 7]) {
    const machine = ghesMachine()
    machine.put(SOURCE.POLLED, memoryRecord(PA, severity))

    ghesPoll(machine.k, SOURCE.POLLED)

    t.equal(machine.k.panic, 'GHES: Fatal hardware error')
    t.equal(machine.blockStatus(SOURCE.POLLED), 0)
    t.equal(machine.u64(ackOf(SOURCE.POLLED)), 1n)
    t.strictSame(machine.queued(), [])
    t.strictSame(machine.traces(), [])
    const names = machine.events.flatMap((event) =>
      event.type === 'step'
        ? [event.name]
        : event.type === 'printk' && /but panic|not syncing: /.test(event.text)
          ? [event.text]
          : []
    )
    t.strictSame(names.slice(-5, -1), [
      'ghes.cleared',
      'ghes.acknowledged',
      'GHES: Fatal hardware error but panic disabled',
      'Kernel panic - not syncing: GHES: Fatal hardware error'
    ])
  }
})

void t.test('a fatal block is printed although the limit is used up', async (t) => {
  const machine = ghesMachine()
  for (const n of [0, 1, 2]) {
    machine.put(SOURCE.POLLED, page(n))
    ghesPoll(machine.k, SOURCE.POLLED)
  }
  machine.put(SOURCE.POLLED, memoryRecord(PA, SEVERITY.fatal))
  machine.clear()

  ghesPoll(machine.k, SOURCE.POLLED)

  t.match(machine.lines()[0], /^\{3\}\[Hardware Error\]: Hardware error from APEI/)
})

void t.test('a fatal SEA record prints what the same abort had already taken from other sources', async (t) => {
  const machine = ghesMachine({}, { sources: [source(1, NOTIFY.SEA), source(2, NOTIFY.SEA)] })
  machine.put(2, page(0))
  machine.put(1, memoryRecord(PA, SEVERITY.fatal))

  const result = apeiClaimSea(machine.k, VICTIM)

  const reports = machine.lines().filter((line) => line.includes('Hardware error from APEI'))
  t.match(reports, [/Source: 2$/, /Source: 1$/])
  t.equal(result.claimed, false)
  t.strictSame(machine.queued(), [])
})

void t.test('a kernel that has panicked looks at no source any more', async (t) => {
  const machine = ghesMachine()
  machine.k.panic = 'gone'
  for (const id of [SOURCE.SEA, SOURCE.POLLED, SOURCE.GSIV]) machine.put(id, block(SEVERITY.corrected, []))

  ghesPoll(machine.k, SOURCE.POLLED)
  notifyHed(machine.k)
  apeiClaimSea(machine.k, VICTIM)

  t.strictSame(
    [SOURCE.SEA, SOURCE.POLLED, SOURCE.GSIV].map((id) => machine.blockStatus(id)),
    [1, 1, 1]
  )
})
