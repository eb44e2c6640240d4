import type { vcpuEnter, vcpuInterrupt } from '../../../shared/contracts/guest.ts'
import type { memoryAccess, stage2Map, stage2Unmap } from '../../../shared/contracts/hardware.ts'
import type { ApeiNotify, exceptionTakeEl2, processCreate } from '../../../shared/contracts/host-kernel.ts'
import type { kvmExit } from '../../../shared/contracts/vmm.ts'
import type { kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import type { SignalDeliver } from '../../../shared/contracts/vmm.ts'
import { BUS_MCEERR_AO, BUS_MCEERR_AR } from '../../../shared/formats/siginfo.ts'
import { effects, hears, sends, type Mutant } from '../support.ts'
import { acceptsRefusals, generalMutants, holds, loses, misreads } from './any-layer.ts'

type Enter = DataOf<typeof vcpuEnter>
type Taken = DataOf<typeof exceptionTakeEl2>
type Mapped = DataOf<typeof stage2Map>

const PAGE = 0x1000n
const isAt = (...addresses: readonly string[]) => {
  return (data: unknown) => addresses.includes((data as { hostPhysical: string }).hostPhysical)
}
const READ_ACK = '0x3f004048'
const BLOCK = '0x3f005000'

const FORGETS_IDS: Mutant = {
  what: 'a message is taken for a new one when it comes again',
  breaks: ['repeat-changes-nothing', 'id-belongs-to-one-message'],
  app: (app) =>
    void app.addHook('onRequest', async ({ headers }) => {
      delete headers['idempotency-key']
    })
}

/** Our host kernel, each with one fault. */
export const HOST_KERNEL_MUTANTS: readonly Mutant[] = [
  {
    what: 'si_addr_lsb is that of a word',
    breaks: ['early-kill-is-told-at-once', 'consumer-is-told-by-AR', 'siginfo-says-the-same'],
    model: sends<SignalDeliver>('signal.deliver', (signal) => ({ ...signal, addressLsb: 3 }))
  },
  {
    what: 'who consumed the error is told that action is optional',
    breaks: ['consumer-is-told-by-AR', 'late-kill-is-told-when-it-touches'],
    model: sends<SignalDeliver>('signal.deliver', (signal) =>
      signal.code === BUS_MCEERR_AR ? { ...signal, code: BUS_MCEERR_AO, codeName: 'BUS_MCEERR_AO' } : signal
    )
  },
  {
    what: 'the optional signal goes to the thread of a vCPU',
    breaks: ['early-kill-is-told-at-once'],
    model: sends<SignalDeliver>('signal.deliver', (signal) => ({ ...signal, tid: signal.pid + 1 }))
  },
  {
    what: 'siginfo is of another page',
    breaks: ['siginfo-says-the-same'],
    model: sends<SignalDeliver>('signal.deliver', (signal) => {
      const siginfo = signal.siginfo.slice()
      siginfo.set([0x99], 18)
      return { ...signal, siginfo }
    })
  },
  {
    what: 'everybody is told early',
    breaks: ['late-kill-is-told-when-it-touches'],
    model: hears<DataOf<typeof processCreate>>('process.create', (setup) => ({
      ...setup,
      mceKill: 'early',
      threads: setup.threads?.map((thread) => ({ ...thread, mceKill: 'early' }))
    }))
  },
  {
    what: 'the acknowledgement is forgotten',
    breaks: ['acknowledged-after-it-is-cleared'],
    transport: loses('memory.write', {}, isAt(READ_ACK))
  },
  {
    what: 'Block Status is not cleared',
    breaks: ['record-is-read-then-cleared', 'acknowledged-after-it-is-cleared'],
    transport: loses('memory.write', {}, isAt(BLOCK))
  },
  {
    what: 'the acknowledgement keeps no bits of the register',
    breaks: ['acknowledged-after-it-is-cleared'],
    transport: misreads<{ bytes: string }>('memory.read', (answer, { data }) =>
      isAt(READ_ACK)(data) ? { bytes: new Uint8Array(8).toBase64() } : answer
    )
  },
  {
    what: 'a corrected error is a lost page',
    breaks: ['corrected-is-no-loss'],
    transport: misreads<{ bytes: string }>('memory.read', ({ bytes }) => {
      const read = Uint8Array.fromBase64(bytes)
      // The severities of the block and of its first section.
      for (const at of [16, 36]) if (read[at] === 2) read[at] = 0
      return { bytes: read.toBase64() }
    })
  },
  {
    what: 'the HEST is not read again at a reboot',
    breaks: ['boot-reads-the-hest'],
    transport: (transport) => {
      let isRead = false
      return {
        ...transport,
        deliver(outgoing, done) {
          const { type } = outgoing.message
          if (type !== 'hest.read' || !isRead) {
            isRead ||= type === 'hest.read'
            return transport.deliver(outgoing, done)
          }
          return loses('hest.read', { table: '' })(transport).deliver(outgoing, done)
        }
      }
    }
  },
  {
    what: 'memory is accessed by its virtual address',
    breaks: ['access-goes-to-the-frame'],
    model: sends<DataOf<typeof memoryAccess>>('memory.access', (access) => ({ ...access, physical: access.virtual }))
  },
  {
    what: 'the lost page stays in stage 2',
    breaks: ['lost-page-leaves-stage-2'],
    transport: loses('stage2.unmap')
  },
  {
    what: 'the lost page is mapped again',
    breaks: ['lost-page-is-not-mapped-again', 'consumer-is-told-by-AR', 'late-kill-is-told-when-it-touches'],
    // Whether a page is lost is looked up of the page behind it.
    model: (model) =>
      sends<Mapped>('stage2.map', (mapped) => ({
        ...mapped,
        guestPhysical: mapped.guestPhysical - PAGE,
        hostPhysical: mapped.hostPhysical - PAGE
      }))(
        hears<Taken>('exception.take', (taken) => ({
          ...taken,
          ...(taken.guestPhysical === undefined ? {} : { guestPhysical: taken.guestPhysical + PAGE })
        }))(model)
      )
  },
  {
    what: 'stage 2 maps the next frame',
    breaks: ['fault-is-mapped-then-returned-from'],
    model: sends<Mapped>('stage2.map', (mapped) => ({ ...mapped, hostPhysical: mapped.hostPhysical + PAGE }))
  },
  {
    what: 'a fault is returned from before anything is mapped',
    breaks: ['fault-is-mapped-then-returned-from'],
    transport: loses('stage2.map')
  },
  {
    what: 'kvm.exit comes before the signal',
    breaks: ['signal-before-the-exit'],
    model: effects((effect, all) => {
      const signals = all.filter(
        ({ kind, ...one }) => kind === 'send' && 'type' in one && one.type === 'signal.deliver'
      )
      const exits = all.some((one) => one.kind === 'send' && one.type === 'kvm.exit')
      if (effect.kind !== 'send' || !exits) return [effect]
      if (effect.type === 'signal.deliver') return []
      return effect.type === 'kvm.exit' ? [effect, ...signals] : [effect]
    })
  },
  {
    what: 'an exit by a signal looks like any other',
    breaks: ['signal-before-the-exit'],
    model: sends<DataOf<typeof kvmExit>>('kvm.exit', (exit) => ({ ...exit, ret: 0, errno: 0 }))
  },
  {
    what: 'an SEA has no address',
    breaks: ['pended-abort-is-an-SEA'],
    model: sends<Enter>('vcpu.enter', ({ exception, ...entry }) => ({
      ...entry,
      ...(exception === undefined ? {} : { exception: { ...exception, far_el1: 0n } })
    }))
  },
  {
    what: 'an abort is entered at the vector of EL1',
    breaks: ['pended-abort-is-an-SEA', 'pended-serror-has-its-syndrome'],
    model: sends<Enter>('vcpu.enter', ({ exception, ...entry }) => ({
      ...entry,
      ...(exception === undefined ? {} : { exception: { ...exception, vector: exception.vector - 0x200 } })
    }))
  },
  {
    what: 'what is pended is forgotten',
    breaks: ['pended-abort-is-an-SEA', 'pended-serror-has-its-syndrome'],
    model: hears<DataOf<typeof kvmSetVcpuEvents>>('kvm.set-vcpu-events', (events) => ({
      ...events,
      ext_dabt_pending: 0,
      serror_pending: 0
    }))
  },
  {
    what: 'an SError has no syndrome of its own',
    breaks: ['pended-serror-has-its-syndrome'],
    model: hears<DataOf<typeof kvmSetVcpuEvents>>('kvm.set-vcpu-events', (events) => ({
      ...events,
      serror_has_esr: 0,
      serror_esr: 0n
    }))
  },
  {
    what: 'the guest is interrupted as another vCPU',
    breaks: ['interrupt-is-an-edge'],
    model: sends<DataOf<typeof vcpuInterrupt>>('vcpu.interrupt', (interrupt) => ({ ...interrupt, vcpu: 1 }))
  },
  {
    what: 'the guest is interrupted twice for one edge',
    breaks: ['interrupt-is-an-edge'],
    model: effects((effect) =>
      effect.kind === 'send' && effect.type === 'vcpu.interrupt'
        ? [effect, { ...effect, id: `${effect.id}.again` }]
        : [effect]
    )
  },
  {
    what: 'nobody is told how a guest has ended',
    breaks: ['end-of-the-guest-is-an-exit'],
    model: sends<DataOf<typeof kvmExit>>('kvm.exit', (exit) => ({ ...exit, systemEvent: undefined }))
  },
  {
    what: 'a guest outlives its process and its platform',
    breaks: ['process-takes-its-vm-along', 'halted-platform-runs-nothing'],
    model: sends('guest.destroy', () => undefined)
  },
  {
    what: 'what firmware says of an SEA is taken for an interrupt',
    breaks: ['sea-is-read-at-its-notification'],
    model: hears<ApeiNotify>('apei.notify', (notice) =>
      notice.notify === 'SEA' && notice.esr !== undefined && notice.interrupted !== undefined
        ? { source: 3, notify: 'GSIV', vector: 233 }
        : notice
    )
  },
  {
    what: 'the syndrome of an SEA is made up where there is none',
    breaks: ['exception-needs-its-syndrome'],
    model: hears<ApeiNotify>('apei.notify', (notice) =>
      notice.notify === 'SEA' ? { ...notice, esr: 0x9200_0010n } : notice
    )
  },
  {
    what: 'every SError is the end of what it interrupted',
    breaks: ['restartable-serror-goes-on'],
    transport: loses('exception.return')
  },
  {
    what: 'every page is a small one',
    breaks: ['huge-page-is-lost-whole'],
    model: sends<SignalDeliver>('signal.deliver', (signal) => ({ ...signal, addressLsb: 12 }))
  },
  {
    what: 'of a huge page one small page leaves stage 2',
    breaks: ['huge-page-is-lost-whole'],
    model: sends<DataOf<typeof stage2Unmap>>('stage2.unmap', (range) => ({ ...range, length: PAGE }))
  },
  {
    what: 'threads are left at what they access',
    breaks: ['access-to-a-lost-page-is-called-off'],
    transport: loses('tlb.invalidate', { restarted: [] })
  },
  {
    what: 'a thread that starts again goes to the memory it had',
    breaks: ['access-to-a-lost-page-is-called-off'],
    transport: misreads('tlb.invalidate', () => ({ restarted: [] }))
  },
  acceptsRefusals('who-is-not-there-is-refused', 'running-vcpu-is-left-alone', 'unknown-vcpu-is-refused'),
  {
    what: 'a vCPU begins behind its first instruction',
    breaks: ['run-enters-the-guest'],
    model: sends<Enter>('vcpu.enter', (entry) => ({ ...entry, pc: entry.pc + 4n }))
  },
  {
    what: 'an access waits for those of other threads',
    breaks: ['one-access-of-a-thread-at-a-time'],
    transport: holds('memory.access', 'access.complete', (access) =>
      (access as { virtual: string }).virtual.endsWith('028')
    )
  },
  {
    what: 'an empty block is taken for a record',
    breaks: ['no-record-nothing-written'],
    transport: misreads<{ bytes: string }>('memory.read', (answer, { data }) => {
      const bytes = Uint8Array.fromBase64(answer.bytes)
      if (!isAt(BLOCK)(data) || bytes.some((byte) => byte !== 0)) return answer
      bytes[0] = 1
      return { bytes: bytes.toBase64() }
    })
  },
  // A thread makes one access at a time, so that taking one twice shows only in what the repeat is answered.
  ...generalMutants('memory.access').map((mutant) =>
    mutant.breaks.includes('repeat-changes-nothing') ? FORGETS_IDS : mutant
  )
]
