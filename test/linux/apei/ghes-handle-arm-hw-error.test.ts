import t from 'tap'
import type { ArmErrorInfo } from '../../../shared/formats/arm-error-info.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import type { KernelSetup } from '../../../shared/linux/kernel/create.ts'
import { block, section } from './ghes-machine.ts'
import {
  ACTION_REQUIRED,
  arm,
  armSection,
  BUS_WITH_PA,
  CACHE_WITH_PA,
  codes,
  KILLED,
  PA,
  PFN,
  polled,
  sea,
  warnings
} from './ghes-records.ts'

void t.test('A9: a cache error of an ARM section with an address goes to memory_failure()', async (t) => {
  const machine = sea(block(SEVERITY.recoverable, [arm([CACHE_WITH_PA])]))

  t.strictSame(machine.result, { claimed: true, queued: true })
  t.strictSame(machine.queued(), [{ pfn: PFN, flags: ACTION_REQUIRED }])
  t.strictSame(warnings(machine), [])
})

void t.test('A10: type byte 0 is nothing to a kernel that reads a bitmask', async (t) => {
  const machine = sea(block(SEVERITY.recoverable, [arm([{ type: 0, physicalFaultAddress: PA }])]))

  t.strictSame(warnings(machine), ['[Firmware Warn]: GHES: Unhandled processor error type 0x00: '])
  t.strictSame(machine.queued(), [])
  t.strictSame(codes(machine), KILLED)
})

void t.test('type byte 0 is a cache error and 2 a bus error to a kernel that reads an enumeration', async (t) => {
  const setup: KernelSetup = { options: { armErrorType: 'enumeration' } }
  const cache = polled(block(SEVERITY.recoverable, [arm([{ type: 0, physicalFaultAddress: PA }])]), setup)
  const bus = polled(block(SEVERITY.recoverable, [arm([{ type: 2, physicalFaultAddress: PA }])]), setup)
  const other = polled(block(SEVERITY.recoverable, [arm([{ type: 9 }])]), setup)

  t.strictSame(cache.queued(), [{ pfn: PFN, flags: 0 }])
  t.strictSame(bus.queued(), [])
  t.strictSame(warnings(bus), ['[Firmware Warn]: GHES: Unhandled processor error type: bus error'])
  t.strictSame(warnings(other), ['[Firmware Warn]: GHES: Unhandled processor error type: unknown error'])
})

void t.test('only cache errors with an address are acted on; the warning names the other kinds', async (t) => {
  const said = (info: ArmErrorInfo) => warnings(polled(block(SEVERITY.recoverable, [arm([info])])))
  const unhandled = (text: string) => [`[Firmware Warn]: GHES: Unhandled processor error type ${text}`]

  t.strictSame(said({ type: 0x02 }), unhandled('0x02: cache error'))
  t.strictSame(said({ type: 0x04, physicalFaultAddress: PA }), unhandled('0x04: TLB error'))
  t.strictSame(said({ type: 0x08, physicalFaultAddress: PA }), unhandled('0x08: bus error'))
  t.strictSame(said({ type: 0x10, physicalFaultAddress: PA }), unhandled('0x10: micro-architectural error'))
  t.strictSame(said({ type: 0x1e }), unhandled('0x1e: cache error|TLB error|bus error|micro-architectural error'))
  t.strictSame(said({ type: 0x1e, physicalFaultAddress: PA }), [], 'a cache error among others')
  t.strictSame(said({ type: 0x21 }), unhandled('0x21:  with reserved bit(s)'))
})

void t.test('the corrected bit of a cache error is ignored', async (t) => {
  const machine = polled(block(SEVERITY.recoverable, [arm([{ ...CACHE_WITH_PA, errorInformation: 1n << 26n }])]))

  t.strictSame(machine.queued(), [{ pfn: PFN, flags: 0 }])
})

void t.test('an ARM section is always traced, but only acted on when block and section are recoverable', async (t) => {
  for (const [severity, top] of [
    [SEVERITY.corrected, SEVERITY.recoverable],
    [SEVERITY.recoverable, SEVERITY.corrected]
  ] as const) {
    const machine = polled(block(top, [arm([CACHE_WITH_PA], { severity })]))
    t.equal(machine.traces('arm_event').length, 1)
    t.strictSame(machine.queued(), [])
    t.strictSame(warnings(machine), [])
  }
})

void t.test('the last cache error of an ARM section says whether anything was queued', async (t) => {
  const outside: ArmErrorInfo = { type: 0x02, physicalFaultAddress: 0x1000n }
  const machine = sea(block(SEVERITY.recoverable, [arm([CACHE_WITH_PA, outside])]))

  t.strictSame(machine.queued(), [{ pfn: PFN, flags: ACTION_REQUIRED }])
  t.strictSame(codes(machine), KILLED)
})

/** Two cache errors, the first of which claims this length. */
function twoErrors(firstLength: number): Uint8Array {
  const body = armSection([
    { type: 0x04, physicalFaultAddress: PA },
    { type: 0x02, physicalFaultAddress: PA + 0x1000n }
  ])
  body[40 + 1] = firstLength
  return block(SEVERITY.recoverable, [section(SECTION_TYPE.processorArm, body)])
}

void t.test(
  'the kernel steps from one ARM error to the next by its length byte, without looking where it gets',
  async (t) => {
    const right = polled(twoErrors(32))
    const beyond = polled(twoErrors(255))
    const stuck = polled(twoErrors(0))

    t.strictSame(right.queued(), [{ pfn: PFN + 1n, flags: 0 }])
    t.strictSame(beyond.queued(), [])
    t.strictSame(warnings(beyond), [
      '[Firmware Warn]: GHES: Unhandled processor error type 0x04: TLB error',
      '[Firmware Warn]: GHES: Unhandled processor error type 0x00: '
    ])
    t.strictSame(warnings(stuck), [
      '[Firmware Warn]: GHES: Unhandled processor error type 0x04: TLB error',
      '[Firmware Warn]: GHES: Unhandled processor error type 0x04: TLB error'
    ])
  }
)

void t.test('with bounds a length beyond the section ends the walk', async (t) => {
  const machine = polled(twoErrors(255), { version: '6.12' })

  t.strictSame(warnings(machine), [])
  t.strictSame(machine.queued(), [])
})

void t.test('an ARM section shorter than its header is read on by 6.1 and refused by 6.12', async (t) => {
  const record = block(SEVERITY.recoverable, [
    section(SECTION_TYPE.processorArm, armSection([BUS_WITH_PA]).subarray(0, 32))
  ])
  const old = polled(record)
  const bounded = polled(record, { version: '6.12' })

  t.equal(old.traces('arm_event').length, 1)
  t.strictSame(bounded.traces('arm_event'), [])
  t.strictSame(warnings(bounded).slice(-3), [
    '[Firmware Bug]: arm error length: 32',
    '[Firmware Bug]: length is too small',
    '[Firmware Bug]: firmware-generated error record is incorrect'
  ])
})

void t.test('eleven unhandled errors of one section print ten lines', async (t) => {
  const machine = polled(block(SEVERITY.recoverable, [arm(Array.from({ length: 11 }, () => BUS_WITH_PA))]))

  t.equal(warnings(machine).length, 10)
})

void t.test(
  'a single error that says it is 16 bytes long is read as the 32 it takes, with and without bounds',
  async (t) => {
    const payload = armSection([{ type: 0, flags: 1, physicalFaultAddress: PA }])
    payload[40 + 1] = 16
    const record = block(SEVERITY.recoverable, [section(SECTION_TYPE.processorArm, payload)])

    for (const version of ['6.1', '6.12'] as const) {
      const machine = polled(record, { version })
      t.strictSame(warnings(machine), ['[Firmware Warn]: GHES: Unhandled processor error type 0x00: '])
      t.equal(machine.lines().filter((line) => line.includes('physical fault address: 0x0000000048000123')).length, 1)
    }
  }
)
