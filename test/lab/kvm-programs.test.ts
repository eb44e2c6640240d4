import { NoRecording } from '../../lab/recording.ts'
import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { guestAddress } from '../../lab/guest-program.ts'
import { parseVmmArguments } from '../../lab/kvm-arguments.ts'
import {
  isKvmRecording,
  KVM_NOT_COMPARED,
  predictKvm,
  type KvmObserved,
  type KvmRecording
} from '../../lab/kvm-programs.ts'
import { CODE, type Ev } from '../../lab/vmm-monitor.ts'

const FIXTURES = new URL('../fixtures/real-kernel/', import.meta.url)

interface Recorded extends KvmRecording {
  readonly observed: KvmObserved
}

/** How many recordings of the monitor there are of each kernel. */
const RECORDED = { '6.1': 32, '6.12': 32, '7.3': 28 } as const

function recordings(version: keyof typeof RECORDED) {
  const folder = new URL(`${version}/`, FIXTURES)
  return readdirSync(folder).flatMap((name) => {
    const recording = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recorded
    return isKvmRecording(recording) ? [{ name, recording }] : []
  })
}

/** Takes out what is listed as not compared. */
function comparable(events: readonly Ev[]) {
  return events.map(({ pc, ...event }) => (event.ev === 'sigbus' || pc === undefined ? event : { ...event, pc }))
}

for (const version of ['6.1', '6.12', '7.3'] as const) {
  void t.test(`what ${version} did in each recording of the KVM monitor is what the model does`, async (t) => {
    const all = recordings(version)
    t.equal(all.length, RECORDED[version])
    for (const { name, recording } of all) {
      const { observed, ...withoutObserved } = recording

      const [usual, ...others] = predictKvm(withoutObserved, version)

      const { events: expected, ...rest } = usual?.observed ?? { events: [] }
      t.strictSame(comparable(expected), comparable(observed.events), name)
      for (const [key, value] of Object.entries(rest)) {
        t.strictSame(value, observed[key as keyof KvmObserved], `${name}: ${key}`)
      }
      t.ok(others.length <= 4, 'few orders are legal')
    }
  })
}

void t.test('the program is laid out as the recordings have it', async (t) => {
  t.equal(guestAddress(CODE, 'report'), 0x8000_0800n)
  t.equal(guestAddress(CODE, 'guest_entry'), 0x8000_0880n)
  t.equal(guestAddress(CODE, 'do_load'), 0x8000_08e8n)
  t.equal(guestAddress(CODE, 'do_store'), 0x8000_08f4n)
  t.equal(guestAddress(CODE, 'do_unmask'), 0x8000_0910n)
  t.equal(guestAddress(CODE, 'spin'), 0x8000_0960n)
})

const OLD_QEMU = 'QEMU emulator version 7.2.22'
const READY = { pid: 876, tid: 876, va: '0xffff8b601000', pa: '0x42974000', gpa: '0x90001020', anon_huge_kb: 0 }

function usualEvents(vmm: string, more: object = {}, version: '6.1' | '6.12' | '7.3' = '6.1'): readonly Ev[] {
  return predictKvm({ qemu: OLD_QEMU, input: { vmm, ...more } }, version)[0]?.observed.events ?? []
}
/** What the guest reported of the exception it took. */
function report(events: readonly Ev[]): Record<string, string | number | undefined> {
  return Object.fromEntries(events.flatMap(({ ev, reg, value }) => (ev === 'guest' ? [[String(reg), value]] : [])))
}

void t.test('a masked SError waits for the instruction that unmasks it', async (t) => {
  const events = usualEvents('serror-masked 0xc11')

  t.match(events[3], { when: 'guest_masked_ran', serror_pending: 1, serror_esr: '0xc11' })
  t.match(report(events), {
    vector: '0x380',
    esr_el1: '0xbe000c11',
    far_el1: '0x1de7ec7edbadc0de',
    elr_el1: '0x80000918',
    spsr_el1: '0x600002c5'
  })
})

void t.test('ESB moves it into DISR_EL1 and nothing is pending any more', async (t) => {
  const events = usualEvents('serror-esb 0xc11')

  t.match(report(events), { disr_el1: '0x80000c11', isr_el1: '0x0' })
  t.match(events.at(-2), { when: 'after_esb', serror_pending: 0 })
})

void t.test('from EL0 the vectors are those of a lower exception level', async (t) => {
  t.match(report(usualEvents('serror-el0 0xc11')), {
    vector: '0x580',
    esr_el1: '0xbe000c11',
    elr_el1: '0x80000980',
    spsr_el1: '0x0'
  })
  t.match(report(usualEvents('dabt-el0', {}, '6.12')), {
    vector: '0x400',
    esr_el1: '0x92000010',
    far_el1: '0x10000110',
    elr_el1: '0x8000097c'
  })
})

void t.test('with an abort at the same time the SError shows in ISR_EL1 and stays pending', async (t) => {
  const events = usualEvents('dabt-serror 0xc11')

  t.match(report(events), { vector: '0x200', isr_el1: '0x100', elr_el1: '0x8000095c' })
  t.match(events.at(-2), { when: 'after_run', serror_pending: 1, serror_esr: '0xc11' })
})

void t.test("an access without a syndrome is ENOSYS, then an exit, then the guest's abort", async (t) => {
  const events = usualEvents('nisv')

  t.match(events.slice(0, 3), [
    { errno: 38, exit_reason: 0, pc: '0x80000904' },
    { ev: 'enable_nisv', ret: 0 },
    { exit_reason: 28, nisv_esr_iss: '0x5', nisv_fault_ipa: '0x20000010' }
  ])
  t.match(report(events), { far_el1: '0x20000010', elr_el1: '0x80000904' })
})

void t.test('a page that was replaced reads as zero', async (t) => {
  const events = usualEvents('poison anon default madvise remap', { setup: { ready: READY } })

  t.match(report(events), { survived: '0x0', idle: '0x0' })
})

void t.test('an emulator without HCR_EL2.TEA gives the guest its own abort; one with it lets KVM decide', async (t) => {
  const input = { vmm: 'guest-sea', abort_pa: '0x0b000000', cper: null, ready: { ...READY, dev_va: '0xffffbda71000' } }

  const direct = predictKvm({ qemu: OLD_QEMU, input }, '6.1')[0]?.observed.events ?? []
  const routed = predictKvm({ qemu: `${OLD_QEMU} + qemu-lab.patch`, input }, '6.1')[0]?.observed.events ?? []
  const unknown = predictKvm({ input }, '6.1').map(({ observed }) => observed.events)

  t.match(report(direct), { vector: '0x200', esr_el1: '0x96000010', far_el1: '0xa0000010' })
  t.match(report(routed), { vector: '0x380', esr_el1: '0xbf000000' })
  t.strictSame(unknown, [routed, direct], 'either, when the recording does not say')
})

void t.test('where Linux races every order is predicted, the usual one first', async (t) => {
  const file = new URL('6.1/badram-kvm-sea-anon.json', FIXTURES)
  const { qemu, input } = JSON.parse(readFileSync(file, 'utf8')) as Recorded
  const early = { qemu, input: { ...input, vmm: 'vmm poison bad-anon early sea load' } } as KvmRecording
  const spin = (policy: string) => ({ ...input, source: 1, vmm: `poison anon ${policy} cper spin` })

  const codes = (recording: KvmRecording, version: '6.1' | '7.3') =>
    predictKvm(recording, version).map(({ observed }) =>
      observed.events.filter(({ ev }) => ev === 'sigbus').map(({ si_code }) => si_code)
    )

  t.strictSame(codes(early, '6.1'), [[5], [4]], 'the kworker first, or the vCPU thread')
  t.strictSame(codes(early, '7.3'), [[4]], 'no race')
  t.strictSame(codes({ input: spin('early') }, '6.1'), [
    [5, 4],
    [4, 4],
    [4, 5, 4],
    [4, 5, 4],
    [4, 5]
  ])
  const during = predictKvm({ input: spin('early') }, '6.1').map(({ observed }) =>
    observed.events.flatMap(({ sigbus_during }) => (sigbus_during === undefined ? [] : [sigbus_during]))
  )
  t.strictSame(during, [
    [1, 1],
    [1, 1],
    [2, 1],
    [1, 1],
    [1, 1]
  ])
  t.strictSame(codes({ input: spin('default') }, '6.1'), [[4, 4]])
})

void t.test('a command the monitor does not have is refused', async (t) => {
  t.throws(() => parseVmmArguments('poison anon default cosmic-ray'), NoRecording)
  t.throws(() => parseVmmArguments('fly'), NoRecording)
})

void t.test('what is not compared is said with a reason', async (t) => {
  for (const { field, because } of KVM_NOT_COMPARED) t.ok(field !== '' && because.length > 10, field)
})
