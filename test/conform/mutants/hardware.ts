import type { ExceptionTaken, Interrupted, RasRecord } from '../../../shared/contracts/common.ts'
import type { accessCompleteGuest } from '../../../shared/contracts/guest.ts'
import type { ErrorInject, exceptionReturn, stage2Map, tlbInvalidate } from '../../../shared/contracts/hardware.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import { encodeSError, decodeSError, AET_VALUE } from '../../../shared/formats/esr-serror.ts'
import { effects, hears, sends, type Mutant } from '../support.ts'
import { generalMutants } from './any-layer.ts'
import { after, ignores } from './memory-of.ts'

const taken = (change: (data: ExceptionTaken) => object) => sends<ExceptionTaken>('exception.take', change)
const ofError = (change: (data: ExceptionTaken) => object) =>
  taken((data) => (data.exception === 'stage-2-fault' ? data : change(data)))
const ofRecord = (change: (record: RasRecord, access: Interrupted) => object) =>
  taken((data) => (data.record === undefined ? data : { ...data, record: change(data.record, data.interrupted) }))
const planted = (change: (error: ErrorInject) => object) => hears<ErrorInject>('error.inject', change)

function withAet(esr: bigint, change: Readonly<Record<number, number>>): bigint {
  const serror = decodeSError(esr)
  return serror.ids ? esr : encodeSError({ ...serror, aet: change[serror.aet] ?? serror.aet })
}

const restarts = (data: unknown) => ((data as { restarted?: readonly number[] }).restarted ?? []).length > 0

/** Our hardware, each with one fault. */
export const HARDWARE_MUTANTS: readonly Mutant[] = [
  {
    what: 'an SError has the syndrome of a data abort',
    breaks: ['serror-says-how-far'],
    model: ofError((data) => ({ ...data, esr: 0x9200_0010n }))
  },
  {
    what: 'UER is told as UEO and the other way round',
    breaks: ['serror-says-how-far'],
    model: ofError((data) =>
      data.exception === 'SError'
        ? { ...data, esr: withAet(data.esr, { [AET_VALUE.UER]: AET_VALUE.UEO, [AET_VALUE.UEO]: AET_VALUE.UER }) }
        : data
    )
  },
  {
    what: 'the record has the address that the guest knows',
    breaks: ['serror-says-how-far', 'sea-names-the-address'],
    model: ofRecord((record, { physical }) => ({ ...record, hostPhysical: physical }))
  },
  {
    what: 'a record without an address has address 0',
    breaks: ['no-address-no-address'],
    model: ofRecord((record) => ({ hostPhysical: 0n, ...record }))
  },
  {
    what: 'a whole page is poisoned',
    breaks: ['one-line-is-poisoned'],
    model: after<ErrorInject>('error.inject', (error) =>
      Array.from({ length: 64 }, (_, line) => ({
        type: 'error.inject',
        data: { ...error, hostPhysical: (error.hostPhysical & ~0xfffn) + BigInt(line) * 64n }
      }))
    )
  },
  {
    what: 'no FAR, though the syndrome says that there is one',
    breaks: ['sea-names-the-address', 'unmapped-is-a-stage-2-fault'],
    model: taken((data) => Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'far')))
  },
  {
    what: 'FAR is the physical address',
    breaks: ['sea-names-the-address', 'unmapped-is-a-stage-2-fault'],
    model: taken((data) => (data.far === undefined ? data : { ...data, far: data.interrupted.physical }))
  },
  {
    what: 'a fault names the byte and not the page',
    breaks: ['unmapped-is-a-stage-2-fault', 'unmap-is-visible-when-answered'],
    model: taken((data) =>
      data.guestPhysical === undefined ? data : { ...data, guestPhysical: data.interrupted.physical }
    )
  },
  {
    what: 'every fault is that of a load',
    breaks: ['unmapped-is-a-stage-2-fault'],
    model: taken((data) => (data.exception === 'stage-2-fault' ? { ...data, esr: 0x9200_0007n } : data))
  },
  {
    what: 'another vCPU goes on',
    breaks: ['return-is-for-one-context', 'return-executes-again'],
    model: hears<DataOf<typeof exceptionReturn>>('exception.return', (back) => ({
      ...back,
      vcpu: (back.vcpu ?? 0) ^ 1
    }))
  },
  {
    what: 'a return is answered and nothing is executed',
    breaks: ['return-executes-again', 'taken-as-often-as-met'],
    model: ignores('exception.return')
  },
  {
    what: 'stage2.unmap is answered and nothing is unmapped',
    breaks: ['unmap-is-visible-when-answered'],
    model: ignores('stage2.unmap')
  },
  {
    what: 'stage2.map takes the pages around what is no whole page',
    breaks: ['whole-pages-are-mapped'],
    model: hears<DataOf<typeof stage2Map>>('stage2.map', (map) => ({
      ...map,
      guestPhysical: map.guestPhysical & ~0xfffn,
      hostPhysical: map.hostPhysical & ~0xfffn,
      length: (map.length + 0xfffn) & ~0xfffn
    }))
  },
  {
    what: 'all VMs have one stage 2',
    breaks: ['each-vm-has-a-stage-2'],
    model: after<DataOf<typeof stage2Map>>('stage2.map', (map) => [{ type: 'stage2.map', data: { ...map, vm: 'vm1' } }])
  },
  {
    what: 'routing is firmware first, whatever is set',
    breaks: ['routing-decides-who-takes-it'],
    model: ignores('routing.set')
  },
  {
    what: 'every store into poison is taken',
    breaks: ['deferring-store-raises-nothing'],
    model: planted((error) => ({ ...error, storesDefer: false }))
  },
  {
    what: 'corrected errors are taken',
    breaks: ['corrected-is-good-data'],
    model: planted((error) =>
      error.severity === 'corrected' ? { ...error, severity: 'recoverable', containment: 'UER' } : error
    )
  },
  {
    what: 'an error that only an interrupt tells of is told when somebody consumes it',
    breaks: ['interrupt-tells-at-once'],
    model: planted((error) => (error.signalled === 'interrupt' ? { ...error, signalled: 'SEA' } : error))
  },
  {
    what: 'a repaired line stays bad',
    breaks: ['taken-as-often-as-met'],
    model: ignores('line.repair')
  },
  {
    what: 'the scrubber stops at the first error',
    breaks: ['scrubber-tells-of-each-line'],
    model: effects((effect, all) =>
      effect.kind === 'send' && effect.type === 'error.interrupt' && effect !== all.find(({ kind }) => kind === 'send')
        ? []
        : [effect]
    )
  },
  {
    what: 'errors outside of RAM are moved into it',
    breaks: ['ram-has-an-end'],
    model: planted((error) => ({ ...error, hostPhysical: 0x4800_0000n + (error.hostPhysical % 0x1000n) }))
  },
  {
    what: 'accesses of processes complete at a guest',
    breaks: ['processes-complete-at-their-kernel'],
    model: effects((effect) =>
      effect.kind === 'send' && effect.type === 'access.complete' && effect.to === 'host-kernel'
        ? [{ ...effect, to: 'guest', data: { vm: 'vm0', vcpu: 0, access: effect.data } }]
        : [effect]
    )
  },
  {
    what: 'what completes is another access',
    breaks: ['good-data-complete', 'return-executes-again'],
    model: sends<DataOf<typeof accessCompleteGuest>>('access.complete', (data) =>
      data.access === undefined ? data : { ...data, access: { ...data.access, pc: 0n } }
    )
  },
  {
    what: 'an invalidation names the process and not the thread',
    breaks: ['invalidation-restarts-who-hangs-there'],
    model: effects((effect) =>
      effect.kind === 'answer' && restarts(effect.data) ? [{ ...effect, data: { restarted: [119] } }] : [effect]
    )
  },
  {
    what: 'an invalidation is of everything',
    breaks: ['invalidation-is-of-one-range'],
    model: hears<DataOf<typeof tlbInvalidate>>('tlb.invalidate', () => ({
      pid: 119,
      hostVirtual: 0n,
      length: 1n << 48n
    }))
  },
  ...generalMutants('access.complete')
]
