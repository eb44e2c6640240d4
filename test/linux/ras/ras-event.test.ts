import t from 'tap'
import { encodeArmProcessorSection, type ArmProcessorSection } from '../../../shared/formats/arm-processor-section.ts'
import type { ErrorDataEntry } from '../../../shared/formats/error-data-entry.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import type { Version } from '../../../shared/linux/profile.ts'
import { aerEventText } from '../../../shared/linux/ras/ras-event.ts'
import { block, ghesMachine, section, SOURCE, type GhesMachine } from '../apei/ghes-machine.ts'

const VENDOR = '11223344-5566-7788-99aa-bbccddeeff00'

function polled(entries: readonly ErrorDataEntry[], version: Version = '6.1'): GhesMachine {
  const machine = ghesMachine({ version })
  machine.put(SOURCE.POLLED, block(SEVERITY.recoverable, entries))
  ghesPoll(machine.k, SOURCE.POLLED)
  return machine
}
const vendor = (change: Partial<ErrorDataEntry> = {}): ErrorDataEntry =>
  section(VENDOR, Uint8Array.of(0x00, 0x11), change)
const arm = (change: Partial<ArmProcessorSection>): ErrorDataEntry =>
  section(
    SECTION_TYPE.processorArm,
    encodeArmProcessorSection({ midr: 0x414fd0c1n, errors: [{ type: 8 }], contexts: [], ...change })
  )

void t.test('non_standard_event prints UUIDs in the order of their bytes, and the GHES severity', async (t) => {
  const entry = vendor({ fruId: '04030201-0605-0807-090a-0b0c0d0e0f10', fruText: 'CPU 1' })

  t.strictSame(polled([entry]).traces(), [
    'severity: 2; sec type:44332211-6655-8877-99aa-bbccddeeff00; FRU: 01020304-0506-0708-090a-0b0c0d0e0f10 CPU 1; ' +
      'data len:2; raw data:00 11'
  ])
  const severities = [SEVERITY.recoverable, SEVERITY.fatal, SEVERITY.corrected, SEVERITY.none].map(
    (severity) => /severity: (\d)/.exec(polled([vendor({ severity })]).traces()[0] ?? '')?.[1]
  )
  t.strictSame(severities, ['2', '3', '1', '0'])
})

void t.test('the FRU of one section stays for those behind it that have none', async (t) => {
  const traces = polled([vendor({ fruText: 'first' }), vendor(), vendor({ fruText: 'third' })]).traces()

  t.match(traces, [/ first; data/, / first; data/, / third; data/])
})

void t.test('a FRU text without its NUL runs on into what follows', async (t) => {
  const entry = vendor({ fruText: 'x'.repeat(20), timestamp: 0x4142n })

  t.match(polled([entry]).traces()[0], / x{20}BA; data len/)
})

void t.test('an event larger than a page of the ring buffer is lost', async (t) => {
  const machine = ghesMachine({}, {})
  machine.k.ghes = machine.k.ghes.map((one) => ({ ...one, errorBlockLength: 0x2000 }))
  machine.put(SOURCE.POLLED, block(SEVERITY.corrected, [section(VENDOR, new Uint8Array(4050))]))

  ghesPoll(machine.k, SOURCE.POLLED)

  t.strictSame(machine.traces(), [])
  t.match(machine.steps('trace.lost'), [{ event: 'non_standard_event' }])
})

void t.test('arm_event prints what has no validation bit as 255, 0 and -1', async (t) => {
  t.strictSame(polled([arm({})]).traces(), [
    'affinity level: 255; MPIDR: 0000000000000000; MIDR: 00000000414fd0c1; running state: -1; PSCI state: -1'
  ])
  t.strictSame(polled([arm({ affinityLevel: 1, mpidr: 0x80000100n, runningState: 1, psciState: 2 })]).traces(), [
    'affinity level: 1; MPIDR: 0000000080000100; MIDR: 00000000414fd0c1; running state: 1; PSCI state: 2'
  ])
})

void t.test('from 6.12 on arm_event has CPU, severity and all the bytes', async (t) => {
  const entry = arm({
    mpidr: 0x80000001n,
    contexts: [{ version: 0, type: 8, registers: Uint8Array.of(9) }],
    vendor: Uint8Array.of(0xaa, 0xbb)
  })
  const [text = ''] = polled([entry], '6.12').traces()

  t.match(text, /^cpu: 1; error: 2; affinity level: 255; MPIDR: 0000000080000001; /)
  t.match(text, /; ARM Processor Err Info data len: 32; ARM Processor Err Info raw data: 00 20 00 00 08( 00){27}; /)
  t.match(
    text,
    /ARM Processor Err Context Info data len: 9; ARM Processor Err Context Info raw data: 00 00 08 00 01 00 00 00 09; /
  )
  t.match(text, /Vendor Specific Err Info data len: 2; Vendor Specific Err Info raw data: aa bb$/)
})

void t.test('arm_event of a CPU that is not there says -1', async (t) => {
  t.match(polled([arm({ mpidr: 0x80010000n })], '6.12').traces()[0], /^cpu: -1; /)
})

void t.test('counts beyond the section are believed by the long arm_event, with a complaint', async (t) => {
  const entry = arm({})
  const payload = entry.payload.slice()
  new DataView(payload.buffer).setUint16(4, 3, true)
  const machine = polled([{ ...entry, payload }], '6.12')

  t.match(machine.traces()[0], /ARM Processor Err Info data len: 96;/)
  t.strictSame(
    machine.lines().filter((line) => line.startsWith('[Firmware Bug]')),
    [
      '[Firmware Bug]: section length: 72',
      '[Firmware Bug]: section length is too small',
      '[Firmware Bug]: firmware-generated error record is incorrect'
    ]
  )
  t.match(machine.steps('ghes.over-read'), [{ event: 'arm_event', bytes: 64 }])
})

void t.test('a context larger than the block loses the long arm_event', async (t) => {
  const entry = arm({ contexts: [{ version: 0, type: 8, registers: Uint8Array.of(9) }] })
  const payload = entry.payload.slice()
  new DataView(payload.buffer).setUint32(72 + 4, 0x7fff_ffff, true)

  t.strictSame(polled([{ ...entry, payload }], '6.12').traces(), [])
})

void t.test('CXL sections are non-standard to 6.1 and go to the CXL driver later', async (t) => {
  const entry = section(SECTION_TYPE.cxlDram, new Uint8Array(8))

  t.equal(polled([entry]).traces('non_standard_event').length, 1)
  t.strictSame(polled([entry], '6.12').traces(), [])
  t.match(polled([entry], '6.12').steps('ghes.unmodelled'), [{ what: 'CXL section' }])
})

void t.test(
  'a CXL protocol error is still non-standard to 6.12, whose driver knows component events only',
  async (t) => {
    const entry = section(SECTION_TYPE.cxlProtocol, new Uint8Array(8))
    const counts = (['6.1', '6.12', '7.3'] as const).map((version) => {
      const machine = polled([entry], version)
      return [machine.traces('non_standard_event').length, machine.steps('ghes.unmodelled').length]
    })

    t.strictSame(counts, [
      [1, 0],
      [1, 0],
      [0, 1]
    ])
  }
)

void t.test('aer_event names the bits it knows, prints the others as a number, and the TLP header', async (t) => {
  const text = aerEventText({ device: '0000:01:00.0', status: 0x8010_1000, severity: 1, tlpHeader: [1, 2, 0xa, 0] })

  t.equal(
    text,
    '0000:01:00.0 PCIe Bus Error: severity=Fatal, Poisoned TLP|Unsupported Request Error|0x80000000, ' +
      'TLP Header={0x1,0x2,0xa,0x0}'
  )
})
