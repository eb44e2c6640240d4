import { errorInterrupt, exceptionTakeEl3 } from '../../../shared/contracts/firmware.ts'
import { accessCompleteGuest, vcpuEnter } from '../../../shared/contracts/guest.ts'
import {
  exceptionReturn,
  lineRepair,
  memoryAccess,
  patrolScrub,
  routingSet
} from '../../../shared/contracts/hardware.ts'
import { exceptionTakeEl2 } from '../../../shared/contracts/host-kernel.ts'
import { ERR_UET } from '../../../shared/formats/err-record.ts'
import { SET_VALUE } from '../../../shared/formats/esr-abort.ts'
import { AET_VALUE, DFSC_SERROR } from '../../../shared/formats/esr-serror.ts'
import type { Check } from '../check.ts'
import type { Scene } from '../scene.ts'
import {
  abortOf,
  consumed,
  hostOf,
  LINE_SIZE,
  loadAt,
  loadOf,
  mapped,
  mustNameAddress,
  poisoned,
  serrorOf,
  statusOf,
  tellWhereOffered
} from './hardware-accesses.ts'

/** What the contract asks of hardware about errors: who is told, of what, and when nobody is. */

const FSC_SYNCHRONOUS_EXTERNAL_ABORT = 0x10
const VECTOR_FROM_EL0 = { SEA: 0x400, SError: 0x580 } as const

/** Whatever firmware was to be told of is told: it hears of a further error, which comes after. */
async function allToldOf(scene: Scene): Promise<void> {
  const before = scene.of(errorInterrupt).length
  await poisoned(scene, 7, { signalled: 'interrupt' })
  await scene.until(
    () => scene.of(errorInterrupt).some(({ data }, nth) => nth >= before && data.record.hostPhysical === hostOf(7)),
    'error.interrupt of a further error'
  )
}

export const ERROR_CHECKS: readonly Check[] = [
  {
    name: 'serror-says-how-far',
    about:
      'consumed poison signalled by SError is exception.take at EL3: EC 0x2f, AET and UET as the error is contained',
    async run(scene) {
      await mapped(scene, 4)
      const CONTAINMENTS = ['UER', 'UEO', 'UEU', 'UC'] as const
      for (const [n, containment] of CONTAINMENTS.entries()) {
        const severity = containment === 'UC' ? 'fatal' : 'recoverable'
        await poisoned(scene, n, { containment, severity })
        const taken = await consumed(scene, loadOf(n))
        scene.same([taken.exception, taken.el], ['SError', 3], 'the exception')
        const { aet, dfsc } = serrorOf(taken)
        scene.same([dfsc, aet], [DFSC_SERROR, AET_VALUE[containment]], `DFSC and AET of ${containment}`)
        const { ue, uet } = statusOf(taken, n)
        scene.same([ue, uet], [true, ERR_UET[containment]], `UE and UET of ${containment}`)
        scene.same([taken.record?.kind, taken.record?.severity], ['memory', severity], 'kind and severity')
        scene.same(taken.interrupted, loadOf(n), 'interrupted')
      }
    }
  },
  {
    name: 'sea-names-the-address',
    about: 'signalled by SEA it is an external abort, FSC 0x10, with SET as contained, FAR, and the line in the record',
    async run(scene) {
      await mapped(scene, 3)
      for (const [n, containment] of (['UER', 'UEO', 'UC'] as const).entries()) {
        await poisoned(scene, n, {
          signalled: 'SEA',
          containment,
          severity: containment === 'UC' ? 'fatal' : 'recoverable'
        })
        const taken = await consumed(scene, loadOf(n))
        scene.same([taken.exception, taken.el], ['SEA', 3], 'the exception')
        const { fsc, set, lowerEl } = abortOf(taken)
        scene.same(
          [fsc, set, lowerEl],
          [FSC_SYNCHRONOUS_EXTERNAL_ABORT, SET_VALUE[containment], true],
          'FSC, SET, lower EL'
        )
        mustNameAddress(scene, taken, loadOf(n))
        statusOf(taken, n)
      }
    }
  },
  {
    name: 'no-address-no-address',
    about: 'a node that knows no address has AV 0 and no hostPhysical, rather than 0',
    async run(scene) {
      await mapped(scene)
      await poisoned(scene, 0, { addressValid: false })
      const { record } = await consumed(scene, loadOf(0))
      scene.must(record !== undefined, 'there is no record of the RAS node')
      scene.same(record?.hostPhysical, undefined, 'record.hostPhysical')
      scene.same((record?.status ?? 0n) & (1n << 31n), 0n, 'AV of ERR<n>STATUS')
    }
  },
  {
    name: 'one-line-is-poisoned',
    about: 'poison is the 64 bytes of a line: its first and its last byte, and neither of the lines around it',
    async run(scene) {
      await mapped(scene)
      await poisoned(scene, 0, { hostPhysical: hostOf(0) + LINE_SIZE + 8n })
      for (const [nth, offset] of [LINE_SIZE - 1n, 2n * LINE_SIZE].entries()) {
        await scene.tell(memoryAccess, loadAt(0, offset))
        scene.same((await scene.next(accessCompleteGuest, nth)).access, loadAt(0, offset), 'the access that completes')
      }
      for (const offset of [LINE_SIZE, 2n * LINE_SIZE - 1n]) {
        scene.same((await consumed(scene, loadAt(0, offset))).interrupted, loadAt(0, offset), 'interrupted')
      }
    }
  },
  {
    name: 'taken-as-often-as-met',
    about:
      'exception.return into poison takes the same exception again; once the line is repaired the access completes',
    async run(scene) {
      await mapped(scene)
      await poisoned(scene, 0)
      const first = await consumed(scene, loadOf(0))
      await scene.ask(exceptionReturn, { vm: 'vm0', vcpu: 0 })
      scene.same(await scene.next(exceptionTakeEl3, 1), first, 'the exception the second time')
      await tellWhereOffered(scene, lineRepair, { hostPhysical: hostOf(0) })
      await scene.ask(exceptionReturn, { vm: 'vm0', vcpu: 0 })
      scene.same((await scene.next(accessCompleteGuest)).access, loadOf(0), 'the access that completes')
    }
  },
  {
    name: 'interrupt-tells-at-once',
    about: 'an error signalled by interrupt is error.interrupt at once, and no exception',
    async run(scene) {
      await poisoned(scene, 0, { signalled: 'interrupt' })
      const told = await scene.next(errorInterrupt)
      statusOf(told, 0)
      scene.same([told.record.kind, told.record.severity], ['memory', 'recoverable'], 'kind and severity')
      await allToldOf(scene)
      scene.same(scene.of(exceptionTakeEl3).length, 0, 'the number of exception.take')
    }
  },
  {
    name: 'routing-decides-who-takes-it',
    about: 'with SCR_EL3.EA 0 EL2 takes it by HCR_EL2.TEA or AMO; without these the guest is entered at its vector',
    async run(scene) {
      await mapped(scene, 4)
      const KINDS = ['SEA', 'SError'] as const
      for (const [n, signalled] of [...KINDS, ...KINDS].entries()) await poisoned(scene, n, { signalled })
      await tellWhereOffered(scene, routingSet, { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true })
      for (const [n, kind] of KINDS.entries()) {
        await scene.tell(memoryAccess, loadOf(n))
        const taken = await scene.next(exceptionTakeEl2, n)
        scene.same([taken.exception, taken.el], [kind, 2], 'the exception')
        statusOf(taken, n)
      }
      await tellWhereOffered(scene, routingSet, { scrEl3Ea: false, hcrEl2Tea: false, hcrEl2Amo: false })
      for (const [n, kind] of KINDS.entries()) {
        const access = loadOf(n + 2)
        await scene.tell(memoryAccess, access)
        const { vm, vcpu, exception } = await scene.next(vcpuEnter, n)
        scene.same([vm, vcpu], [access.vm, access.vcpu], 'the vCPU that is entered')
        scene.same(exception?.vector, VECTOR_FROM_EL0[kind], `the vector of ${kind}`)
        scene.same(
          [exception?.elr_el1, exception?.spsr_el1],
          [access.pc, access.pstate],
          `ELR_EL1 and SPSR_EL1 of ${kind}`
        )
        if (kind === 'SEA') scene.same(exception?.far_el1, access.virtual, 'FAR_EL1')
      }
      await allToldOf(scene)
      scene.same(scene.of(exceptionTakeEl3).length, 0, 'the number of exception.take at EL3')
    }
  },
  {
    name: 'deferring-store-raises-nothing',
    about: 'a store into a line whose stores defer completes, and error.interrupt tells of it; a load there is taken',
    async run(scene) {
      await mapped(scene)
      await poisoned(scene, 0, { storesDefer: true })
      const store = loadOf(0, { access: 'store' })
      await scene.tell(memoryAccess, store)
      scene.same((await scene.next(accessCompleteGuest)).access, store, 'the access that completes')
      statusOf(await scene.next(errorInterrupt), 0)
      scene.same((await consumed(scene, loadOf(0))).interrupted.access, 'load', 'the access that is interrupted')
    }
  },
  {
    name: 'corrected-is-good-data',
    about: 'a corrected error is good data; its node tells firmware of it once, and nothing is taken',
    async run(scene) {
      await mapped(scene)
      await poisoned(scene, 0, { containment: 'CE', severity: 'corrected' })
      for (const nth of [0, 1]) {
        await scene.tell(memoryAccess, loadOf(0))
        await scene.next(accessCompleteGuest, nth)
      }
      scene.same((await scene.next(errorInterrupt)).record.severity, 'corrected', 'the severity')
      await allToldOf(scene)
      const told = scene.of(errorInterrupt).filter(({ data }) => data.record.hostPhysical === hostOf(0))
      scene.same(
        [told.length, scene.of(exceptionTakeEl3).length],
        [1, 0],
        'the number of error.interrupt and exception.take'
      )
    }
  },
  {
    name: 'scrubber-tells-of-each-line',
    about: 'patrol.scrub tells by error.interrupt of each poisoned line of its range, and of no other',
    async run(scene) {
      for (const n of [0, 1, 2]) await poisoned(scene, n)
      await tellWhereOffered(scene, patrolScrub, { start: hostOf(0), end: hostOf(2) })
      await scene.next(errorInterrupt, 1)
      await allToldOf(scene)
      const lines = scene.of(errorInterrupt).map(({ data }) => data.record.hostPhysical ?? 0n)
      scene.same(
        lines.filter((line) => line !== hostOf(7)).toSorted((a, b) => (a < b ? -1 : 1)),
        [hostOf(0), hostOf(1)],
        'the lines that are told of'
      )
    }
  }
]
