import { accessCompleteGuest } from '../../../shared/contracts/guest.ts'
import {
  exceptionReturn,
  memoryAccess,
  stage2Map,
  stage2Unmap,
  addressDecode,
  memoryMap,
  errorInject
} from '../../../shared/contracts/hardware.ts'
import { accessCompleteHost, exceptionTakeEl2 } from '../../../shared/contracts/host-kernel.ts'
import { isDataAbort, isInstructionAbort } from '../../../shared/formats/esr.ts'
import { FSC_NAME } from '../../../shared/formats/esr-abort.ts'
import type { Check } from '../check.ts'
import type { LayerRules } from '../conform-layer.ts'
import { mustRefuse } from '../general.ts'
import {
  abortOf,
  hostLoadOf,
  hostOf,
  ipaOf,
  loadOf,
  mapped,
  mustNameAddress,
  tellWhereOffered
} from './hardware-accesses.ts'
import { ERROR_CHECKS } from './hardware-errors.ts'
import { TLB_CHECKS } from './hardware-tlb.ts'

/** What the contract asks of hardware about accesses and stage 2; what it asks about errors is beside it. */

const PAGE = 0x1000n

const ACCESS_CHECKS: readonly Check[] = [
  {
    name: 'good-data-complete',
    about: 'an access to a mapped page without an error is access.complete to the guest, with the access as it came',
    async run(scene) {
      await mapped(scene)
      await scene.tell(memoryAccess, loadOf(0))
      const complete = await scene.next(accessCompleteGuest)
      scene.same(complete, { vm: 'vm0', vcpu: 0, access: loadOf(0) }, 'access.complete')
    }
  },
  {
    name: 'processes-complete-at-their-kernel',
    about: 'an access of a host process goes through no stage 2, and completes at the host kernel',
    async run(scene) {
      await scene.tell(memoryAccess, hostLoadOf(0))
      scene.same(await scene.next(accessCompleteHost), hostLoadOf(0), 'access.complete')
      await mapped(scene)
      await scene.tell(memoryAccess, loadOf(0))
      const { vcpu } = await scene.next(accessCompleteGuest)
      scene.same(vcpu, 0, 'the first vCPU that completes')
    }
  },
  {
    name: 'unmapped-is-a-stage-2-fault',
    about:
      'what stage 2 does not map is exception.take at EL2: a translation fault from a lower EL, FAR, the page, and the access',
    async run(scene) {
      for (const [n, access] of (['load', 'store', 'fetch'] as const).entries()) {
        const interrupted = loadOf(n, { access })
        await scene.tell(memoryAccess, interrupted)
        const taken = await scene.next(exceptionTakeEl2, n)
        const { exception, el, esr, guestPhysical } = taken
        scene.same([exception, el], ['stage-2-fault', 2], `the exception of a ${access}`)
        scene.must(access === 'fetch' ? isInstructionAbort(esr) : isDataAbort(esr), `a ${access} has another EC`)
        const { fsc, lowerEl, wnr, s1ptw } = abortOf(taken)
        const name = FSC_NAME.get(fsc) ?? `${fsc}`
        scene.must(name.startsWith('translation fault'), `the fault status code of a ${access} is ${name}`)
        scene.same([lowerEl, wnr, s1ptw], [true, access === 'store', false], `lower EL, WnR and S1PTW of a ${access}`)
        mustNameAddress(scene, taken, interrupted)
        scene.same(guestPhysical, ipaOf(n), 'guestPhysical')
        scene.same(taken.interrupted, interrupted, 'interrupted')
      }
    }
  },
  {
    name: 'return-executes-again',
    about: 'after stage2.map exception.return executes the access that faulted, and it completes',
    async run(scene) {
      await scene.tell(memoryAccess, loadOf(0))
      await scene.next(exceptionTakeEl2)
      await mapped(scene)
      await scene.ask(exceptionReturn, { vm: 'vm0', vcpu: 0 })
      scene.same((await scene.next(accessCompleteGuest)).access, loadOf(0), 'the access that completes')
    }
  },
  {
    name: 'return-is-for-one-context',
    about: 'exception.return lets that vCPU go on which it names, and no other',
    async run(scene) {
      for (const n of [0, 1]) await scene.tell(memoryAccess, loadOf(n))
      await scene.next(exceptionTakeEl2, 1)
      await mapped(scene, 2)
      for (const [nth, vcpu] of [1, 0].entries()) {
        await scene.ask(exceptionReturn, { vm: 'vm0', vcpu })
        scene.same((await scene.next(accessCompleteGuest, nth)).vcpu, vcpu, `the vCPU of completion ${nth + 1}`)
      }
    }
  },
  {
    name: 'unmap-is-visible-when-answered',
    about: 'after stage2.unmap the next access to the page is a stage 2 fault, and one to the page beside it is none',
    async run(scene) {
      await mapped(scene, 2)
      await scene.tell(memoryAccess, loadOf(0))
      await scene.next(accessCompleteGuest)
      await scene.ask(stage2Unmap, { vm: 'vm0', guestPhysical: ipaOf(0), length: PAGE })
      await scene.tell(memoryAccess, loadOf(0))
      scene.same((await scene.next(exceptionTakeEl2)).guestPhysical, ipaOf(0), 'guestPhysical')
      await scene.tell(memoryAccess, loadOf(1))
      scene.same((await scene.next(accessCompleteGuest, 1)).vcpu, 1, 'the vCPU that completes')
    }
  },
  {
    name: 'each-vm-has-a-stage-2',
    about: 'what is mapped for one VM is not mapped for another',
    async run(scene) {
      await mapped(scene)
      await scene.tell(memoryAccess, loadOf(0, { vm: 'vm1' }))
      scene.same((await scene.next(exceptionTakeEl2)).interrupted.vm, 'vm1', 'the VM that faults')
      await scene.tell(memoryAccess, loadOf(0))
      scene.same((await scene.next(accessCompleteGuest)).vm, 'vm0', 'the VM that completes')
    }
  },
  {
    name: 'whole-pages-are-mapped',
    about: 'stage2.map of what is no whole page is refused with a problem, and maps nothing',
    async run(scene) {
      await mapped(scene)
      for (const off of [{ guestPhysical: ipaOf(1) + 8n }, { hostPhysical: hostOf(1) + 8n }, { length: 8n }]) {
        const map = { vm: 'vm0', guestPhysical: ipaOf(1), hostPhysical: hostOf(1), length: PAGE, ...off }
        await mustRefuse(scene, stage2Map, map, `with ${Object.keys(off).join()} that is no whole page`)
      }
      await scene.tell(memoryAccess, loadOf(1))
      scene.same((await scene.next(exceptionTakeEl2)).guestPhysical, ipaOf(1), 'guestPhysical')
    }
  },
  {
    name: 'ram-has-an-end',
    about: 'memory.map says what is RAM: address.decode says the same, and there is no error elsewhere',
    async run(scene) {
      const end = hostOf(8)
      await tellWhereOffered(scene, memoryMap, { ranges: [{ start: 0x4800_0000n, end }] })
      const decodes = async (hostPhysical: bigint) => (await scene.ask(addressDecode, { hostPhysical })).ram
      scene.same([await decodes(end - 1n), await decodes(end)], [true, false], 'RAM at the last byte and behind it')
      const error = { kind: 'memory', signalled: 'SEA', containment: 'UER', severity: 'recoverable' } as const
      await scene.tell(errorInject, { ...error, hostPhysical: end - 64n })
      await mustRefuse(scene, errorInject, { ...error, hostPhysical: end }, 'behind the end of RAM')
    }
  }
]

export const HARDWARE_RULES: LayerRules = {
  layer: 'hardware',
  checks: [...ACCESS_CHECKS, ...ERROR_CHECKS, ...TLB_CHECKS],
  effective: {
    prepare: (scene) => mapped(scene, 4),
    message: memoryAccess,
    data: (n) => ({
      vm: 'vm0',
      vcpu: n,
      el: 0,
      pc: '0x400c10',
      pstate: '0x0',
      access: 'load',
      virtual: '0xffff90000018',
      physical: `0x${ipaOf(n).toString(16)}`
    }),
    effect: accessCompleteGuest,
    belongsTo: (effect, n) => (effect as { vcpu?: number }).vcpu === n
  }
}
