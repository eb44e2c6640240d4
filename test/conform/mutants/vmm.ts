import type { guestMemoryWrite, guestReset } from '../../../shared/contracts/guest.ts'
import type { processExit, processRead } from '../../../shared/contracts/host-kernel.ts'
import type { kvmRun, kvmSetUserMemoryRegion, kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import type { Question } from '../../../shared/contracts/policy.ts'
import type { VmCreate } from '../../../shared/contracts/vmm.ts'
import { hears, sends, type Mutant } from '../support.ts'
import { acceptsRefusals, generalMutants, holds, loses, misreads } from './any-layer.ts'

type Write = DataOf<typeof guestMemoryWrite>
type Events = DataOf<typeof kvmSetVcpuEvents>

/** Zeros in a read-ack cell. */
const TAKEN_BACK = new Uint8Array(8).toBase64()
/** A status block with one memory section, and where in it the physical address is. */
const RECORD = { length: 172, address: 20 + 72 + 16 } as const

const bytesOf = (data: unknown) => (data as { bytes: string }).bytes
const isRecord = (data: unknown) => Uint8Array.fromBase64(bytesOf(data)).length === RECORD.length

const asks = (change: (question: Question) => Question) => sends<Question>('policy.decide', change)
const writes = (change: (bytes: Uint8Array) => void) =>
  sends<Write>('memory.write', (data) => {
    const bytes = data.bytes.slice()
    change(bytes)
    return { ...data, bytes }
  })

/** Our VMM, each with one fault. */
export const VMM_MUTANTS: readonly Mutant[] = [
  {
    what: 'the guest is made when its vCPUs run',
    breaks: ['made-in-order'],
    transport: holds('guest.create', 'kvm.run')
  },
  {
    what: 'vCPUs are made before there is memory',
    breaks: ['made-in-order'],
    transport: holds('kvm.set-user-memory-region', 'kvm.create-vcpu', undefined, { ret: 0, errno: 0 })
  },
  {
    what: 'the memory slot is of memory that is not mapped',
    breaks: ['slot-is-of-its-own-memory'],
    model: sends<DataOf<typeof kvmSetUserMemoryRegion>>('kvm.set-user-memory-region', (region) => ({
      ...region,
      hostVirtual: region.hostVirtual + (1n << 40n)
    }))
  },
  {
    what: 'only the first vCPU runs',
    breaks: ['every-vcpu-runs'],
    model: sends<DataOf<typeof kvmRun>>('kvm.run', (run) => (run.vcpu === 0 ? run : undefined))
  },
  {
    what: 'tables are written when the guest runs',
    breaks: ['tables-before-the-first-run'],
    transport: holds('memory.write', 'kvm.run')
  },
  {
    what: 'the HEST has a wrong checksum',
    breaks: ['tables-before-the-first-run'],
    model: writes((bytes) => {
      if (bytes[0] === 0x48) bytes[9] = (bytes[9] ?? 0) ^ 1
    })
  },
  {
    what: 'results of ioctls are not looked at',
    breaks: ['failed-ioctl-is-the-end'],
    transport: misreads('kvm.create-vcpu', () => ({ ret: 0, errno: 0 }))
  },
  {
    what: 'a vCPU that is out stays out',
    breaks: ['exit-without-a-signal-runs-on', 'ignored-runs-on'],
    transport: (transport) => {
      const ran = new Set<string>()
      return {
        ...transport,
        deliver(outgoing, done) {
          const { machine, message } = outgoing
          const isAgain = message.type === 'kvm.run' && ran.has(machine)
          if (message.type === 'kvm.run') ran.add(machine)
          return (isAgain ? loses('kvm.run')(transport) : transport).deliver(outgoing, done)
        }
      }
    }
  },
  {
    what: 'the optional report is said to be of a vCPU',
    breaks: ['optional-is-asked-about'],
    model: asks((question) => ({ ...question, vcpu: 0 }))
  },
  {
    what: 'the policy is not told which vCPU consumed the error',
    breaks: ['required-is-asked-about'],
    model: asks(({ vm, signal, guest, sources, history }) => ({ vm, signal, guest, sources, history }))
  },
  {
    what: 'the page of the guest is the next one',
    breaks: ['optional-is-asked-about', 'required-is-asked-about'],
    model: asks((question) => ({
      ...question,
      guest: { inRam: true, guestPhysical: (question.guest.guestPhysical ?? 0n) + 0x1000n }
    }))
  },
  {
    what: 'all memory is RAM of the guest',
    breaks: ['memory-of-its-own-is-no-ram'],
    model: asks((question) => ({ ...question, guest: { ...question.guest, inRam: true } }))
  },
  {
    what: 'every source is said to be acknowledged',
    breaks: ['sources-are-those-of-the-guest'],
    model: asks((question) => ({
      ...question,
      sources: question.sources.map((source) => ({ ...source, acknowledged: true }))
    }))
  },
  {
    what: 'the history leaves out the error that is asked about',
    breaks: ['history-counts-this-error'],
    model: asks((question) => ({ ...question, history: { errors: question.history.errors - 1 } }))
  },
  {
    what: 'the policy service is not told which policy is meant',
    breaks: ['policy-by-name-is-passed-on'],
    model: asks((question) => ({ ...question, policy: 'another' }))
  },
  {
    what: 'the fallback of the VM is forgotten',
    breaks: ['late-answer-is-replaced', 'failure-is-replaced', 'nonsense-is-replaced', 'impossible-answer-is-replaced'],
    model: hears<VmCreate>('vm.create', (request) => ({ ...request, fallback: {} }))
  },
  {
    what: 'a policy may take as long as it likes',
    breaks: ['late-answer-is-replaced'],
    model: hears<VmCreate>('vm.create', (request) => ({ ...request, policyDeadlineMs: 3_600_000 }))
  },
  {
    what: 'the acknowledgement is not taken back',
    breaks: ['record-before-the-interrupt'],
    transport: loses('memory.write', {}, (data) => bytesOf(data) === TAKEN_BACK)
  },
  {
    what: 'the record comes after the interrupt',
    breaks: ['record-before-the-interrupt', 'record-names-the-page-of-the-guest'],
    transport: holds('memory.write', 'kvm.irq-line', isRecord)
  },
  {
    what: 'the record comes after the abort',
    breaks: ['record-before-the-abort'],
    transport: holds('memory.write', 'kvm.set-vcpu-events', isRecord)
  },
  {
    what: 'the record is about another page',
    breaks: ['record-names-the-page-of-the-guest', 'record-before-the-abort'],
    model: writes((bytes) => {
      if (bytes.length === RECORD.length) bytes[RECORD.address + 2] = 0x77
    })
  },
  {
    what: 'a record is written whether the one before was acknowledged or not',
    breaks: ['acknowledgement-is-waited-for', 'sources-are-those-of-the-guest'],
    transport: misreads<{ bytes: string }>('memory.read', ({ bytes }) => ({
      bytes: Uint8Array.fromBase64(bytes)
        .map((_, at) => (at % 8 === 0 ? 1 : 0))
        .toBase64()
    }))
  },
  {
    what: 'a record is written whether it is wanted or not',
    breaks: ['no-record-where-none-is-wanted'],
    transport: misreads<object>('policy.decide', (decision) => ({ ...decision, record: true }))
  },
  {
    what: 'the abort is not pended',
    breaks: ['record-before-the-abort', 'no-record-where-none-is-wanted'],
    model: sends<Events>('kvm.set-vcpu-events', (events) => ({ ...events, ext_dabt_pending: 0 }))
  },
  {
    what: 'an SError has no syndrome',
    breaks: ['serror-has-the-syndrome-of-the-answer'],
    model: sends<Events>('kvm.set-vcpu-events', (events) => ({ ...events, serror_has_esr: 0, serror_esr: 0n }))
  },
  {
    what: 'an abort is pended beside the SError',
    breaks: ['serror-has-the-syndrome-of-the-answer'],
    model: sends<Events>('kvm.set-vcpu-events', (events) => ({ ...events, ext_dabt_pending: 1 }))
  },
  {
    what: 'a process that was killed ends well',
    breaks: ['killed-vmm-is-the-end'],
    model: sends<DataOf<typeof processExit>>('process.exit', ({ pid }) => ({ pid, code: 0 }))
  },
  {
    what: 'the host is not told that a process has ended',
    breaks: [
      'guest-that-is-off-runs-no-more',
      'stopped-vm-exits',
      'killed-vmm-is-the-end',
      'migration-reads-all-memory'
    ],
    model: sends('process.exit', () => undefined)
  },
  {
    what: 'the guest is not told of a reset',
    breaks: ['reset-starts-the-guest-anew', 'reset-replaces-lost-memory'],
    transport: loses('guest.reset')
  },
  {
    what: 'vCPUs are over a reset what they were',
    breaks: ['reset-starts-the-guest-anew'],
    transport: loses('kvm.vcpu-init', { ret: 0, errno: 0 })
  },
  {
    what: 'lost memory stays where it is at a reset',
    breaks: ['reset-replaces-lost-memory'],
    transport: loses('process.remap', { ret: 0, errno: 0 })
  },
  {
    what: 'the guest finds what it had in memory that was replaced',
    breaks: ['reset-replaces-lost-memory'],
    model: sends<DataOf<typeof guestReset>>('guest.reset', ({ vm }) => ({ vm }))
  },
  {
    what: 'a vCPU reads what is to be migrated',
    breaks: ['migration-reads-all-memory'],
    model: sends<DataOf<typeof processRead>>('process.read', (read) => ({ ...read, tid: read.pid + 1 }))
  },
  {
    what: 'only the first page is migrated',
    breaks: ['migration-reads-all-memory'],
    model: sends<DataOf<typeof processRead>>('process.read', (read) => ({ ...read, length: 0x1000n })),
    transport: misreads('process.read', () => ({ read: '0x4000000' }))
  },
  {
    what: 'a VM is migrated whatever can be read of it',
    breaks: ['unreadable-memory-is-not-migrated'],
    transport: misreads('process.read', (_, { data }) => ({ read: (data as { length: string }).length }))
  },
  {
    what: 'what comes by QMP is mended',
    breaks: ['qmp-bytes-lie-in-a-block'],
    model: writes((bytes) => {
      if (bytes[0] === 1 && bytes[1] === 2) bytes[0] = 0
    })
  },
  acceptsRefusals('who-is-not-there-is-refused'),
  ...generalMutants('kvm.run')
]
