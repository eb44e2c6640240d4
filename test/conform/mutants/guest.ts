import type {
  guestMemoryRead,
  guestMemoryWrite,
  guestReset,
  TaskAccess,
  VcpuEnter,
  vcpuInterrupt
} from '../../../shared/contracts/guest.ts'
import type { Interrupted } from '../../../shared/contracts/common.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import { RAM, RAM_END } from '../../../cli/conform/layers/guest-machine.ts'
import { CELLS } from '../../../cli/conform/layers/guest-sources.ts'
import { EC, decodeEsr } from '../../../shared/formats/esr.ts'
import { AET_VALUE, encodeSError } from '../../../shared/formats/esr-serror.ts'
import { hears, sends, type Mutant } from '../support.ts'
import { generalMutants } from './any-layer.ts'
import { after, before, forgets, ignores } from './memory-of.ts'

type Written = DataOf<typeof guestMemoryWrite>

const entered = (change: (entry: VcpuEnter) => object) => hears<VcpuEnter>('vcpu.enter', change)
const accesses = (change: (access: Interrupted) => object) => sends<Interrupted>('memory.access', change)

/** After the guest has taken an exception its memory is written, or it is told of something else. */
const afterException = (tells: (entry: VcpuEnter) => { readonly type: string; readonly data: unknown }) =>
  after<VcpuEnter>('vcpu.enter', (entry) => (entry.exception === undefined ? [] : [tells(entry)]))

const word = (guestPhysical: bigint, value: number) => ({
  type: 'memory.write',
  data: { vm: 'vm0', guestPhysical, bytes: new Uint8Array([value, 0, 0, 0]) }
})

/** Every SError has this AET. */
const ofAet = (aet: number) =>
  entered(({ exception, ...entry }) => {
    if (exception === undefined || decodeEsr(exception.esr_el1).ec !== EC.serror) return { ...entry, exception }
    return { ...entry, exception: { ...exception, esr_el1: encodeSError({ aet }) } }
  })

/** Where the physical address lies in the record of a memory error. */
const ADDRESS_IN_RECORD = 20 + 72 + 16
const isRecord = ({ guestPhysical, bytes }: Written) =>
  bytes.length > ADDRESS_IN_RECORD && Object.values(CELLS).some(({ block }) => block === guestPhysical)

/** Our guest, each with one fault. */
export const GUEST_MUTANTS: readonly Mutant[] = [
  {
    what: 'memory is written backwards',
    breaks: ['memory-reads-as-written'],
    model: hears<Written>('memory.write', (write) => ({ ...write, bytes: write.bytes.toReversed() }))
  },
  {
    what: 'memory behind the end is that at the start',
    breaks: ['ram-has-an-end'],
    model: hears<DataOf<typeof guestMemoryRead>>('memory.read', (read) => ({
      ...read,
      guestPhysical: read.guestPhysical >= RAM_END ? RAM : read.guestPhysical
    }))
  },
  {
    what: 'a guest is made anew over one that is there',
    breaks: ['a-guest-is-made-once'],
    model: before<{ readonly vm: string }>('guest.create', ({ vm }) => [{ type: 'guest.destroy', data: { vm } }])
  },
  {
    what: 'accesses go to the start of the page',
    breaks: ['access-goes-out-translated', 'only-the-consumer-dies'],
    model: accesses((access) => ({ ...access, physical: access.physical & ~0xfffn }))
  },
  {
    what: 'accesses go to the virtual address',
    breaks: ['access-goes-out-translated', 'the-kernel-accesses-at-el1'],
    model: accesses((access) => ({ ...access, physical: access.virtual }))
  },
  {
    what: 'tasks run at EL1',
    breaks: ['access-goes-out-translated'],
    model: accesses((access) => ({ ...access, el: 1 }))
  },
  {
    what: 'the kernel works at EL0',
    breaks: ['the-kernel-accesses-at-el1'],
    model: accesses((access) => ({ ...access, el: 0 }))
  },
  {
    what: 'an access does not wait for the one before',
    breaks: ['one-access-at-a-time'],
    model: before<TaskAccess>('task.access', ({ vm, vcpu = 0 }) => [{ type: 'access.complete', data: { vm, vcpu } }])
  },
  {
    what: 'a completed access is under way for ever',
    breaks: ['one-access-at-a-time'],
    model: ignores('access.complete')
  },
  {
    what: 'a stopped vCPU runs on',
    breaks: ['nothing-runs-on-a-stopped-vcpu'],
    model: ignores('vcpu.stop')
  },
  {
    what: 'the access under way is forgotten at the next entry',
    breaks: ['entry-executes-again', 'restartable-serror-is-survived'],
    model: before<VcpuEnter>('vcpu.enter', ({ vm, vcpu }) => [{ type: 'access.complete', data: { vm, vcpu } }])
  },
  {
    what: 'tasks outlive a reset',
    breaks: ['reset-starts-anew'],
    model: ignores('guest.reset')
  },
  {
    what: 'a reset clears all memory',
    breaks: ['reset-starts-anew'],
    model: hears<DataOf<typeof guestReset>>('guest.reset', (reset) => ({
      ...reset,
      replaced: [{ guestPhysical: RAM, length: RAM_END - RAM }]
    }))
  },
  {
    what: 'a reset keeps memory that was replaced',
    breaks: ['reset-starts-anew'],
    model: hears<DataOf<typeof guestReset>>('guest.reset', (reset) => ({ ...reset, replaced: [] }))
  },
  {
    what: 'a destroyed guest runs on',
    breaks: ['nothing-of-a-destroyed-guest-runs'],
    model: ignores('guest.destroy')
  },
  {
    what: 'exceptions are not taken',
    breaks: [
      'sea-reads-the-record',
      'only-the-consumer-dies',
      'sea-without-a-record-kills',
      'uncontained-serror-is-a-panic'
    ],
    model: entered((entry) => ({ ...entry, exception: undefined }))
  },
  {
    what: 'an abort of the kernel is nothing',
    breaks: ['abort-of-the-kernel-is-no-small-thing'],
    model: entered((entry) => (entry.exception?.vector === 0x200 ? { ...entry, exception: undefined } : entry))
  },
  {
    what: 'Block Status is not cleared',
    breaks: ['sea-reads-the-record'],
    model: afterException(() => word(CELLS.SEA.block, 1))
  },
  {
    what: 'a record is not acknowledged',
    breaks: ['sea-reads-the-record'],
    model: afterException(() => word(CELLS.SEA.readAck, 0))
  },
  {
    what: 'the page beside the one that the record names is poisoned',
    breaks: ['only-the-consumer-dies', 'poisoned-page-is-out-of-use'],
    model: hears<Written>('memory.write', (write) => ({
      ...write,
      bytes: isRecord(write)
        ? write.bytes.map((byte, at) => (at === ADDRESS_IN_RECORD + 1 ? byte + 0x10 : byte))
        : write.bytes
    }))
  },
  {
    what: 'an SEA kills every task',
    breaks: ['only-the-consumer-dies', 'sea-without-a-record-kills'],
    model: afterException(({ vm }) => ({ type: 'guest.reset', data: { vm } }))
  },
  {
    what: 'it panics of what it could survive',
    breaks: ['restartable-serror-is-survived'],
    model: ofAet(AET_VALUE.UC)
  },
  {
    what: 'it survives what has spread',
    breaks: ['uncontained-serror-is-a-panic', 'nothing-runs-after-a-panic'],
    model: ofAet(AET_VALUE.UEO)
  },
  {
    what: 'it goes on after a panic',
    breaks: ['nothing-runs-after-a-panic'],
    model: forgets('vcpu.enter', (effects) => effects.some((effect) => 'type' in effect && effect.type === 'vcpu.exit'))
  },
  {
    what: 'nobody is told of a panic',
    breaks: ['uncontained-serror-is-a-panic'],
    model: sends('vcpu.exit', () => undefined)
  },
  {
    what: 'a panic is a power off',
    breaks: ['uncontained-serror-is-a-panic'],
    model: sends<object>('vcpu.exit', (data) => ({ ...data, reason: 'system-off' }))
  },
  {
    what: 'every interrupt is that of an error',
    breaks: ['other-interrupts-read-nothing'],
    model: hears<DataOf<typeof vcpuInterrupt>>('vcpu.interrupt', (interrupt) => ({ ...interrupt, intid: 41 }))
  },
  {
    what: 'the interrupt of an error is not taken',
    breaks: ['error-interrupt-reads-its-sources', 'other-interrupts-read-nothing'],
    model: ignores('vcpu.interrupt')
  },
  {
    what: 'the interrupt of an error clears every source',
    breaks: ['error-interrupt-reads-its-sources'],
    model: after('vcpu.interrupt', () => [word(CELLS.SEA.block, 0)])
  },
  ...generalMutants('memory.access')
]
