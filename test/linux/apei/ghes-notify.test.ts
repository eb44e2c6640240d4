import t from 'tap'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { apeiClaimSea, apeiClaimSei } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { ghesIrq } from '../../../shared/linux/apei/ghes-irq.ts'
import { notifyHed } from '../../../shared/linux/apei/ghes-notify-hed.ts'
import { notifySdei } from '../../../shared/linux/apei/ghes-notify-sdei.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import {
  ackOf,
  blockOf,
  ghesMachine,
  memoryRecord,
  pointerOf,
  source,
  SOURCE,
  VICTIM,
  type GhesMachine
} from './ghes-machine.ts'

const PA = 0x4800_0000n
const page = (n: number): Uint8Array => memoryRecord(PA + 0x1000n * BigInt(n))
const order = (machine: GhesMachine): (number | undefined)[] =>
  machine.queued().map(({ pfn }) => Number(pfn - 0x48000n))

void t.test(
  'one Notify() on the error device looks at every SCI, GPIO and GSIV source, the newest first',
  async (t) => {
    const types = [NOTIFY.SCI, NOTIFY.polled, NOTIFY.GPIO, NOTIFY.GSIV, NOTIFY.SEA]
    const machine = ghesMachine({}, { sources: types.map((type, id) => source(id, type)) })
    for (const id of types.keys()) machine.put(id, page(id))

    const handled = notifyHed(machine.k)

    t.equal(handled, true)
    t.strictSame(order(machine), [3, 2, 0])
    t.strictSame(
      types.map((_, id) => machine.blockStatus(id)),
      [0, 1, 0, 0, 1]
    )
  }
)

void t.test('an interrupt without a record is not handled and writes nothing', async (t) => {
  const machine = ghesMachine()
  machine.setU64(ackOf(SOURCE.GSIV), 0n)

  t.equal(notifyHed(machine.k), false)
  t.equal(machine.u64(ackOf(SOURCE.GSIV)), 0n)
})

void t.test('without a PNP0C33 device nobody hears of the interrupt', async (t) => {
  const machine = ghesMachine({ options: { hed: false } })
  machine.put(SOURCE.GSIV, page(0))

  t.equal(notifyHed(machine.k), false)
  t.equal(machine.blockStatus(SOURCE.GSIV), 1)
})

void t.test('an external interrupt is for the sources that name its GSI', async (t) => {
  const on = (vector: number) => ({ notification: hestNotification(NOTIFY.external, { vector }) })
  const sources = [
    source(1, NOTIFY.external, on(40)),
    source(2, NOTIFY.external, on(41)),
    source(3, NOTIFY.external, on(40))
  ]
  const machine = ghesMachine({ options: { mappedGsis: [40, 41] } }, { sources })
  for (const id of [1, 2, 3]) machine.put(id, page(id))

  const handled = ghesIrq(machine.k, 40)

  t.equal(handled, true)
  t.strictSame(order(machine), [1, 3])
  t.equal(ghesIrq(machine.k, 99), false)
})

void t.test('a notification takes one record of a source; the next one waits for the next notification', async (t) => {
  const machine = ghesMachine()
  machine.put(SOURCE.POLLED, page(0))
  ghesPoll(machine.k, SOURCE.POLLED)
  machine.put(SOURCE.POLLED, page(1))

  t.equal(machine.queued().length, 1)
  ghesPoll(machine.k, SOURCE.POLLED)
  t.equal(machine.queued().length, 2)
})

void t.test('a SEA source is never polled', async (t) => {
  const machine = ghesMachine()
  machine.put(SOURCE.SEA, page(0))

  t.equal(ghesPoll(machine.k, SOURCE.SEA), -2)
  t.equal(notifyHed(machine.k), false)
  t.equal(machine.blockStatus(SOURCE.SEA), 1)
})

void t.test('SEA clears and acknowledges before it processes, and prints last', async (t) => {
  const machine = ghesMachine()
  machine.put(SOURCE.SEA, page(0))

  apeiClaimSea(machine.k, VICTIM)

  const names = machine.events.map((event) => (event.type === 'step' ? event.name : event.type))
  t.strictSame(names.slice(0, 5), [
    'ghes.validated',
    'ghes.cleared',
    'ghes.acknowledged',
    'apei.claim-sea',
    'ghes.queued'
  ])
  t.equal(names[5], 'printk')
})

void t.test('SEA without a record is not claimed', async (t) => {
  const machine = ghesMachine()

  t.strictSame(apeiClaimSea(machine.k, VICTIM), { claimed: false, queued: false })
})

void t.test('an exhausted pool leaves the record uncleared, unacknowledged and unclaimed', async (t) => {
  const machine = ghesMachine()
  machine.k.estatusPoolBytes = 200
  machine.put(SOURCE.SEA, page(0))

  const result = apeiClaimSea(machine.k, VICTIM)

  t.strictSame(result, { claimed: false, queued: false })
  t.equal(machine.blockStatus(SOURCE.SEA), 1)
  t.equal(machine.u64(ackOf(SOURCE.SEA)), 0n)
})

void t.test('from 7.x on SEA looks only where the block was at probe', async (t) => {
  const sources = [source(SOURCE.SEA, NOTIFY.SEA)]
  const steady = ghesMachine({ version: '7.3' }, { sources })
  steady.put(SOURCE.SEA, page(0))
  const moved = ghesMachine({ version: '7.3' }, { sources })
  moved.setU64(pointerOf(SOURCE.SEA), blockOf(8))
  moved.write(blockOf(8), page(0))

  t.equal(apeiClaimSea(steady.k, VICTIM).claimed, true)
  t.equal(apeiClaimSea(moved.k, VICTIM).claimed, false)
})

void t.test('an SEI source exists only with the patch, and its record is asynchronous', async (t) => {
  const sources = [source(1, NOTIFY.SEI)]
  const patched = ghesMachine({ options: { sei: true } }, { sources })
  const plain = ghesMachine({}, { sources })
  for (const machine of [patched, plain]) machine.put(1, page(0))

  t.equal(apeiClaimSei(patched.k, VICTIM).claimed, true)
  t.strictSame(patched.queued(), [{ pfn: 0x48000n, flags: 0 }])
  t.equal(apeiClaimSei(plain.k, VICTIM).claimed, false)
})

const sdei = () => {
  const machine = ghesMachine({ options: { sdei: true } })
  machine.put(SOURCE.SDEI, page(0))
  return machine
}

void t.test('an SDEI event with a record resumes through the interrupt vector of what it interrupted', async (t) => {
  const ends = (interrupted: Parameters<typeof notifySdei>[2]) => {
    const { status, call, resumeOffset } = notifySdei(sdei().k, 804, interrupted)
    return [status, call, resumeOffset]
  }

  t.strictSame(ends({ mode: 'kernel' }), [0, 'EVENT_COMPLETE_AND_RESUME', 0x280])
  t.strictSame(ends({ mode: 'user' }), [0, 'EVENT_COMPLETE_AND_RESUME', 0x480])
  t.strictSame(ends({ mode: 'guest' }), [0, 'EVENT_COMPLETE_AND_RESUME', 0x480])
  t.strictSame(ends({ mode: 'user', aarch32: true }), [0, 'EVENT_COMPLETE_AND_RESUME', 0x680])
  t.strictSame(ends({ mode: 'kernel', irqsMasked: true }), [0, 'EVENT_COMPLETE', undefined])
})

void t.test('an SDEI record is asynchronous, acknowledged first, and found only by its event', async (t) => {
  const machine = sdei()

  t.equal(notifySdei(machine.k, 805).status, 1)
  t.equal(machine.blockStatus(SOURCE.SDEI), 1)

  const { status, functionId } = notifySdei(machine.k, 804, { mode: 'user', ctx: VICTIM })
  t.equal(status, 0)
  t.equal(functionId, 0xc4000026)
  t.strictSame(machine.queued(), [{ pfn: 0x48000n, flags: 0 }])
  t.strictSame(machine.signals, [])
})

void t.test('an SDEI event without a record completes with status 1', async (t) => {
  const machine = ghesMachine({ options: { sdei: true } })

  t.match(notifySdei(machine.k, 804), { status: 1, call: 'EVENT_COMPLETE', functionId: 0xc4000025 })
})
