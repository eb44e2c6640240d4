import { vcpuEnter, vcpuInterrupt } from '../../../shared/contracts/guest.ts'
import { exceptionReturn, stage2Map } from '../../../shared/contracts/hardware.ts'
import { exceptionTakeEl2 } from '../../../shared/contracts/host-kernel.ts'
import { kvmIrqLine, kvmKick, kvmRun, kvmSetOneReg, kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import { kvmExit, signalDeliver } from '../../../shared/contracts/vmm.ts'
import { EC, decodeEsr } from '../../../shared/formats/esr.ts'
import { AET_VALUE, DFSC_SERROR } from '../../../shared/formats/esr-serror.ts'
import { BUS_MCEERR_AR } from '../../../shared/formats/siginfo.ts'
import type { Check } from '../check.ts'
import { refused } from '../general.ts'
import { Broken, Skipped, type Scene } from '../scene.ts'
import {
  entered,
  ENTRY,
  faultOn,
  INTERRUPTED,
  poisoned,
  succeeded,
  TID,
  VCPU,
  vmOf,
  type Page
} from './vm-of-kernel.ts'

/** What the contract asks of KVM: entries, exits, stage 2, what is pended, and interrupts. */

const EINTR = 4
const EINVAL = 22
const INTID = 41
const FSC_EXTERNAL_ABORT = 0x10
const FSC_MASK = 0x3f
const NONE = { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 0, serror_esr: 0n } as const
const VECTOR = { syncFromEl0: 0x400, serrorFromEl0: 0x580 } as const

/** The guest loads from a page that is lost: its vCPU is out, and the VMM signalled. */
async function consumed(scene: Scene): Promise<Page> {
  const page = (await vmOf(scene)).page(5)
  await poisoned(scene, page)
  await scene.tell(exceptionTakeEl2, faultOn(page))
  await scene.next(kvmExit)
  return page
}

/** A load that KVM can serve: what it does about it comes behind all that it did before. */
async function served(scene: Scene, page: Page): Promise<void> {
  const before = scene.of(exceptionReturn).length
  await scene.tell(exceptionTakeEl2, faultOn(page))
  await scene.next(exceptionReturn, before)
}

export const KVM_CHECKS: readonly Check[] = [
  {
    name: 'run-enters-the-guest',
    about: 'kvm.run enters the guest where its registers say, with no exception that nobody pended',
    async run(scene) {
      await vmOf(scene)
      const { vm, vcpu, pc, pstate, exception } = await scene.next(vcpuEnter)
      scene.same({ vm, vcpu, pc, pstate, exception }, { ...VCPU, ...ENTRY, exception: undefined }, 'vcpu.enter')
    }
  },
  {
    name: 'fault-is-mapped-then-returned-from',
    about: 'a stage 2 fault on a good page: stage2.map to the frame behind the slot, then exception.return',
    async run(scene) {
      const page = (await vmOf(scene)).page(7)
      await scene.tell(exceptionTakeEl2, faultOn(page))
      scene.same(await scene.next(exceptionReturn), VCPU, 'exception.return')
      const [mapped] = scene.of(stage2Map)
      if (mapped === undefined) throw new Broken('stage2.map does not come before exception.return')
      const { vm, guestPhysical, hostPhysical, length } = mapped.data
      scene.same(vm, VCPU.vm, 'the VM of stage2.map')
      scene.must(
        guestPhysical <= page.guestPhysical && page.guestPhysical < guestPhysical + length,
        'stage2.map is not of the page that faulted'
      )
      scene.same(hostPhysical + page.guestPhysical - guestPhysical, page.hostPhysical, 'the frame it is mapped to')
    }
  },
  {
    name: 'lost-page-is-not-mapped-again',
    about: 'a stage 2 fault on a page that is lost maps nothing and returns nowhere',
    async run(scene) {
      const vm = await vmOf(scene)
      const page = vm.page(5)
      await poisoned(scene, page)
      await scene.tell(exceptionTakeEl2, faultOn(page))
      await scene.next(kvmExit)
      await entered(scene)
      await served(scene, vm.page(9))
      const mapped = scene.of(stage2Map).map(({ data }) => data.hostPhysical)
      scene.must(!mapped.includes(page.hostPhysical), 'the lost page is mapped again')
      scene.same(scene.of(exceptionReturn).length, 1, 'the number of exception.return, of one page that is good')
    }
  },
  {
    name: 'consumer-is-told-by-AR',
    about: 'whose vCPU touches a lost page: its thread gets SIGBUS BUS_MCEERR_AR with the address of the page',
    async run(scene) {
      const page = await consumed(scene)
      const { tid, code, hostVirtual, addressLsb, killed } = await scene.next(signalDeliver, 1)
      scene.same(
        { tid, code, hostVirtual, addressLsb, killed },
        { tid: TID.vcpu, code: BUS_MCEERR_AR, hostVirtual: page.hostVirtual, addressLsb: 12, killed: false },
        'signal.deliver'
      )
    }
  },
  {
    name: 'signal-before-the-exit',
    about: 'the signal comes before the kvm.exit with ret -1 and EINTR that it causes',
    async run(scene) {
      await consumed(scene)
      const { vm, vcpu, ret, errno, pc } = await scene.next(kvmExit)
      scene.same({ vm, vcpu, ret, errno, pc }, { ...VCPU, ret: -1, errno: EINTR, pc: INTERRUPTED.pc }, 'kvm.exit')
      const exit = scene.heard.findIndex(({ message }) => message === kvmExit)
      const signals = scene.heard.slice(0, exit).filter(({ message }) => message === signalDeliver)
      scene.same(signals.length, 2, 'the number of signals before kvm.exit')
    }
  },
  {
    name: 'pended-abort-is-an-SEA',
    about: 'ext_dabt_pending is taken at the next kvm.run: an SEA at the vector, with the address of the fault in FAR',
    async run(scene) {
      await consumed(scene)
      succeeded(await scene.ask(kvmSetVcpuEvents, { ...VCPU, ...NONE, ext_dabt_pending: 1 }), 'kvm.set-vcpu-events')
      const { exception } = await entered(scene)
      if (exception === undefined) throw new Broken('vcpu.enter has no exception')
      const { vector, esr_el1, far_el1, elr_el1, spsr_el1 } = exception
      const { ec, iss } = decodeEsr(BigInt.asUintN(32, esr_el1))
      scene.same(
        { vector, ec, fsc: iss & FSC_MASK, far_el1, elr_el1, spsr_el1 },
        {
          vector: VECTOR.syncFromEl0,
          ec: EC.dataAbortLowerEl,
          fsc: FSC_EXTERNAL_ABORT,
          far_el1: INTERRUPTED.virtual,
          elr_el1: INTERRUPTED.pc,
          spsr_el1: INTERRUPTED.pstate
        },
        'the exception'
      )
    }
  },
  {
    name: 'pended-serror-has-its-syndrome',
    about: 'serror_pending is taken at the next kvm.run with the syndrome that was set; without RAS it is EINVAL',
    async run(scene) {
      await consumed(scene)
      const iss = BigInt((AET_VALUE.UER << 10) | DFSC_SERROR)
      const events = { ...VCPU, ...NONE, serror_pending: 1, serror_has_esr: 1, serror_esr: iss }
      const result = await scene.ask(kvmSetVcpuEvents, events)
      if (result.errno === EINVAL) throw new Skipped('its CPUs have no RAS extension: an SError has no syndrome')
      succeeded(result, 'kvm.set-vcpu-events')
      const { exception } = await entered(scene)
      if (exception === undefined) throw new Broken('vcpu.enter has no exception')
      const { ec, iss: taken } = decodeEsr(BigInt.asUintN(32, exception.esr_el1))
      scene.same(
        { vector: exception.vector, ec, iss: BigInt(taken) },
        { vector: VECTOR.serrorFromEl0, ec: EC.serror, iss },
        'the exception'
      )
    }
  },
  {
    name: 'interrupt-is-an-edge',
    about: 'the guest is interrupted once each time that the line goes high, at its next entry if it is out',
    async run(scene) {
      await vmOf(scene)
      const line = (level: boolean) => scene.tell(kvmIrqLine, { vm: VCPU.vm, intid: INTID, level })
      await line(true)
      const { vcpu, intid } = await scene.next(vcpuInterrupt)
      scene.same({ vcpu, intid }, { vcpu: 0, intid: INTID }, 'vcpu.interrupt')
      await line(true)
      await line(false)
      scene.same(await scene.ask(kvmKick, VCPU), { wasRunning: true }, 'the answer to kvm.kick')
      await line(true)
      await entered(scene)
      await scene.next(vcpuInterrupt, 1)
      const order = scene.heard.flatMap(({ message }) =>
        message === vcpuInterrupt || message === vcpuEnter ? message.type : []
      )
      const expected = [vcpuEnter, vcpuInterrupt, vcpuEnter, vcpuInterrupt].map(({ type }) => type)
      scene.same(order, expected, 'what the guest hears')
    }
  },
  {
    name: 'running-vcpu-is-left-alone',
    about: 'while a vCPU is in KVM_RUN, to run it again and to set its events or registers is refused with a problem',
    async run(scene) {
      await vmOf(scene)
      refused('kvm.run of a vCPU in KVM_RUN', await scene.send(kvmRun, VCPU))
      refused('kvm.set-vcpu-events in KVM_RUN', await scene.send(kvmSetVcpuEvents, { ...VCPU, ...NONE }))
      refused('kvm.set-one-reg in KVM_RUN', await scene.send(kvmSetOneReg, { ...VCPU, reg: 'pc', value: 0n }))
    }
  },
  {
    name: 'unknown-vcpu-is-refused',
    about: 'a VM and a vCPU that nobody has made are refused with a problem',
    async run(scene) {
      await vmOf(scene)
      refused('kvm.run of an unknown vCPU', await scene.send(kvmRun, { ...VCPU, vcpu: 3 }))
      refused('kvm.run of an unknown VM', await scene.send(kvmRun, { ...VCPU, vm: 'nobody' }))
    }
  }
]
