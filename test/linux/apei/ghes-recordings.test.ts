import { readFileSync } from 'node:fs'
import t from 'tap'
import { apeiClaimSea } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { notifyHed } from '../../../shared/linux/apei/ghes-notify-hed.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import { probeGhes } from '../../../shared/linux/apei/ghes-probe.ts'
import { createProcess } from '../../../shared/linux/kernel/task.ts'
import type { Context } from '../../../shared/linux/kernel/state.ts'
import type { Version } from '../../../shared/linux/profile.ts'
import { ackOf, ghesMachine, hest, SOURCE, SOURCES } from './ghes-machine.ts'

interface Recording {
  readonly input: {
    readonly source: number
    readonly cper?: string | null
    readonly block?: string
    readonly victim?: { readonly pid: number }
  }
  readonly observed: {
    readonly block_status: string
    readonly read_ack: string
    readonly dmesg?: readonly string[]
    readonly console?: readonly string[]
    readonly trace?: readonly string[]
    readonly events_on_load?: readonly { readonly ev: string; readonly si_code?: number }[]
    readonly boot?: readonly string[]
  }
}

const VERSIONS = ['6.1', '6.12'] as const satisfies readonly Version[]
const FOLDER = new URL('../../fixtures/real-kernel/', import.meta.url)

const recording = (version: string, name: string): Recording =>
  JSON.parse(readFileSync(new URL(`${version}/${name}.json`, FOLDER), 'utf8')) as Recording

const SEQUENCE = /^\{\d+\}/
const HARDWARE_ERROR = /^\{N\}/
/** Lines of the memory_failure side, and the one that tells of earlier records. */
const NOT_GHES = /^Memory failure:|^soft offline:|callbacks suppressed$/

function ghesLines(lines: readonly string[]): string[] {
  return lines
    .map((line) => line.replace(/^.*?\[ *\d+\.\d+\] /, '').replace(SEQUENCE, '{N}'))
    .filter((line) => !NOT_GHES.test(line))
}

/** Of several reports the last: in one file there is one of an earlier record. */
function lastReport(lines: readonly string[]): readonly string[] {
  const isFirst = (line: string): boolean => line.includes('Hardware error from APEI')
  return lines.filter(isFirst).length > 1 ? lines.slice(lines.findLastIndex(isFirst)) : lines
}

/** Comm and pid, event, text. */
function traceOf(line: string): { task: string; event: string; text: string } | undefined {
  const match = /^ *(\S+-\d+) +\[\d+\] \S+ +\d+\.\d+: (\w+): (.*)$/.exec(line)
  return match === null ? undefined : { task: match[1] ?? '', event: match[2] ?? '', text: match[3] ?? '' }
}

/** What follows the bytes of the section is left over from earlier records of that boot. */
const withinSection = (text: string): string => text.replace(/(Err Info raw data: (?:[0-9a-f]{2} ?){32})[^;]*/, '$1')

const POLLED = [
  'polled-anon-default',
  'polled-anon-early',
  'polled-anon-early-subpage-address',
  'polled-hugetlb-default',
  'polled-hugetlb-late',
  'polled-shm-early',
  'polled-shm-late',
  'polled-thp-early',
  'polled-thp-late',
  'polled-v1-anon-early',
  'polled-corrected',
  'polled-section-fatal-block-recoverable',
  'polled-no-mask',
  'polled-old-73-byte-section',
  'polled-arm-section-cache-pa',
  'polled-arm-section-tlb-no-pa',
  'polled-arm-type-bits-0x2',
  'polled-arm-type-bits-0x2-no-pa',
  'polled-two-sections',
  'polled-unbacked-address',
  'polled-beyond-ram',
  'polled-free-page',
  'polled-vendor-section',
  'polled-vendor-section-fru',
  'bad-length-zero-data',
  'bad-length-too-long',
  'bad-length-short-of-section',
  'arm-section-count-too-large',
  'read-ack-prior-bits',
  'read-ack-not-cleared-by-firmware',
  'gsiv-anon-default',
  'gsiv-anon-early',
  'gsiv-no-interrupt',
  'sea-not-notified',
  'badram-sea-record-in-polled-source-instead'
]
/** What the program left in the read-ack register; the file does not say. */
const PRIOR_ACK: ReadonlyMap<string, bigint> = new Map([
  ['read-ack-prior-bits', 0xa5a5a5a5a5a5a5a4n],
  ['read-ack-not-cleared-by-firmware', 1n]
])
const SEA = [
  'sea-arm-section',
  'sea-bad-record',
  'sea-recoverable-hugetlb',
  'sea-recoverable-thp',
  'sea-vendor-only',
  'badram-sea-anon-default',
  'badram-sea-anon-early',
  'badram-sea-arm-cache-bit',
  'badram-sea-corrected',
  'badram-sea-hugetlb-default',
  'badram-sea-no-physical-address',
  'badram-sea-shm-late',
  'badram-sea-store',
  'badram-sea-thp-late',
  'badram-sea-vendor-only'
]

/** Puts the recording's bytes where they were and lets the kernel look there. */
function replay(version: Version, name: string, { input }: Recording, panicTimeout = 0) {
  const machine = ghesMachine({
    version,
    memory: [
      { start: 0x1800_0000n, end: 0x2000_0000n },
      { start: 0x4000_0000n, end: 0x8000_0000n }
    ],
    sysctl: { panic: panicTimeout }
  })
  const bytes = Buffer.from(input.cper ?? input.block ?? '', 'hex')
  machine.put(input.source, bytes, PRIOR_ACK.get(name))
  const pid = input.victim?.pid ?? 100
  createProcess(machine.k, {
    pid,
    comm: 'victim',
    threads: [{ tid: pid, sigbus: { action: 'handler', blocked: false } }]
  })
  const victim: Context = { pid, tid: pid, comm: 'victim', cpu: 0 }
  if (name.startsWith('polled') || input.source === SOURCE.POLLED || input.source === SOURCE.POLLED_V1) {
    ghesPoll(machine.k, input.source)
  } else if (name.startsWith('gsiv-anon')) notifyHed(machine.k)
  else if (input.source === SOURCE.SEA && name !== 'sea-not-notified') apeiClaimSea(machine.k, victim)
  return machine
}

for (const version of VERSIONS) {
  for (const name of [...POLLED, ...SEA]) {
    const real = recording(version, name)
    void t.test(`${version}: registers, log and trace of ${name} are those of the real kernel`, async (t) => {
      const machine = replay(version, name, real)

      const { observed } = real
      const { source } = real.input
      t.equal(machine.blockStatus(source), Number(observed.block_status), 'block_status')
      t.equal(machine.u64(ackOf(source)), BigInt(observed.read_ack), 'read_ack')

      const recorded = lastReport(ghesLines(observed.dmesg ?? []))
      const printed = recorded.some((line) => HARDWARE_ERROR.test(line))
      const said = ghesLines(machine.lines()).filter((line) => printed || !HARDWARE_ERROR.test(line))
      t.strictSame(said, recorded, 'dmesg')

      const traces = (observed.trace ?? []).map(traceOf).filter((one) => one?.event !== 'memory_failure_event')
      const events = machine.events.flatMap((event) =>
        event.type === 'trace'
          ? [{ task: `${event.comm}-${event.pid}`, event: event.event, text: withinSection(event.text) }]
          : []
      )
      t.strictSame(
        events,
        traces.map((one) => one && { ...one, text: withinSection(one.text) }),
        'trace'
      )

      const first = observed.events_on_load?.find(({ ev }) => ev === 'sigbus')
      if (first?.si_code === 128) t.equal(machine.signals[0]?.info.code, 128, 'SIGBUS with SI_KERNEL')
    })
  }

  for (const name of ['polled-fatal', 'sea-fatal', 'polled-unknown-severity']) {
    const real = recording(version, name)
    void t.test(`${version}: ${name} prints, acknowledges and panics as the real kernel`, async (t) => {
      const machine = replay(version, name, real, 3)

      const console = (real.observed.console ?? []).flatMap((line) => ghesLines([line]))
      const recorded = console.filter((line) => /\[Hardware Error\]|Kernel panic/.test(line))
      const said = ghesLines(machine.lines()).filter((line) => !line.startsWith('Rebooting in'))
      t.strictSame(said, recorded, 'console')
      t.equal(machine.blockStatus(real.input.source), 0)
      t.equal(machine.u64(ackOf(real.input.source)), 1n)
      t.equal(machine.k.taint, 'M')
    })
  }

  const boot = recording(version, 'boot-sources')
  void t.test(`${version}: the boot says of each source what the real kernel said`, async (t) => {
    const machine = ghesMachine({ version }, { probe: false })

    probeGhes(machine.k, hest(SOURCES))

    const recorded = ghesLines(boot.observed.boot ?? []).filter((line) => /GHES|HEST: Table parsing/.test(line))
    t.strictSame(machine.lines(), recorded)
  })
}
