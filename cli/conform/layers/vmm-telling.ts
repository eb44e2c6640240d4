import { guestMemoryWrite } from '../../../shared/contracts/guest.ts'
import { processExit } from '../../../shared/contracts/host-kernel.ts'
import { kvmIrqLine, kvmRun, kvmSetOneReg, kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import { NOTIFY } from '../../../shared/formats/hest-notification.ts'
import type { Check } from '../check.ts'
import type { Told } from '../neighbours.ts'
import { Broken, Skipped, type Scene } from '../scene.ts'
import { fieldsOfRecord } from './firmware-view.ts'
import { acknowledge, type GuestSource } from './guest-memory.ts'
import { anotherVm, decides, NAME, optional, required, vmOf, type Vm } from './vm-of-vmm.ts'

/** What the contract asks of a VMM that tells its guest: the record, the acknowledgement, and what is pended. */

const PAGE_MASK = ~0xfffn
const BY_INTERRUPT: readonly number[] = [NOTIFY.GPIO, NOTIFY.GSIV, NOTIFY.SCI, NOTIFY.external]
const ISS = 0xc11n

/** A VM whose guests the policy has told by an interrupt, and the source that they read then. Skipped where there is none. */
async function interrupting(scene: Scene): Promise<{ readonly vm: Vm; readonly source: GuestSource }> {
  const vm = await vmOf(scene)
  decides(scene, { action: 'notify-interrupt' })
  const source = vm.sources.find(({ notify }) => BY_INTERRUPT.includes(notify))
  if (source === undefined) throw new Skipped('its guests have no error source that an interrupt makes them read')
  return { vm, source }
}

/** What telling a guest consists of, in the order in which neighbours heard of it. */
type Step = 'acknowledgement taken back' | 'record' | 'interrupt' | 'abort' | 'serror' | 'run' | 'exit'

function stepsOf(told: readonly Told[], source?: GuestSource): readonly Step[] {
  return told.flatMap(({ message, data }): readonly Step[] => {
    const fields = data as Readonly<Record<string, unknown>>
    if (message === kvmRun) return ['run']
    if (message === processExit) return ['exit']
    if (message === kvmIrqLine) return fields['level'] === true ? ['interrupt'] : []
    // By the registers of the exception, where the VMM does not leave it to KVM.
    if (message === kvmSetOneReg) return fields['reg'] === 'esr_el1' ? ['abort'] : []
    if (message === kvmSetVcpuEvents) {
      const pended: readonly (readonly [Step, unknown])[] = [
        ['abort', fields['ext_dabt_pending']],
        ['serror', fields['serror_pending']]
      ]
      return pended.flatMap(([step, pending]) => (pending === 0 ? [] : step))
    }
    if (message !== guestMemoryWrite || source === undefined) return []
    const { guestPhysical, bytes } = data as { guestPhysical: bigint; bytes: Uint8Array }
    const covers = (at: bigint) => guestPhysical <= at && at < guestPhysical + BigInt(bytes.length)
    return [
      ...(source.readAck !== undefined && covers(source.readAck.at) ? (['acknowledgement taken back'] as const) : []),
      ...(covers(source.block) ? (['record'] as const) : [])
    ]
  })
}

/** The policy has decided so about a page that nobody touched. What the neighbours heard until the line goes high. */
async function toldBy(scene: Scene, vm: Vm, n: number, source: GuestSource): Promise<readonly Step[]> {
  const before = scene.heard.length
  await optional(scene, vm, vm.page(n).hostVirtual)
  const steps = () => stepsOf(scene.heard.slice(before), source)
  await scene.until(() => steps().includes('interrupt'), 'kvm.irq-line that goes high')
  return steps()
}

/** The policy has decided so about a page that a vCPU touched. What the neighbours heard until that vCPU runs again. */
async function answeredBy(scene: Scene, vm: Vm, source?: GuestSource): Promise<readonly Step[]> {
  const before = scene.heard.length
  await required(scene, vm, vm.page(5).hostVirtual)
  const steps = () => stepsOf(scene.heard.slice(before), source)
  await scene.until(() => steps().includes('run'), 'kvm.run')
  return steps()
}

const recorded = ({ memory }: Vm, { block, blockLength }: GuestSource) => {
  const { severity, physicalAddress } = fieldsOfRecord(memory.read(block, blockLength))
  return { severity, page: physicalAddress === undefined ? undefined : physicalAddress & PAGE_MASK }
}

export const TELLING_CHECKS: readonly Check[] = [
  {
    name: 'record-before-the-interrupt',
    about: 'notify-interrupt: the acknowledgement is taken back, the record written, and then the line goes high',
    async run(scene) {
      const { vm, source } = await interrupting(scene)
      const steps = await toldBy(scene, vm, 5, source)
      const expected = [...(source.readAck === undefined ? [] : ['acknowledgement taken back']), 'record', 'interrupt']
      scene.same(steps, expected, 'the order')
      const line = scene.of(kvmIrqLine).find(({ data }) => data.level)
      scene.same(line?.data.intid, vm.guest.errorIntid, 'the interrupt')
    }
  },
  {
    name: 'record-names-the-page-of-the-guest',
    about: 'the record is a recoverable memory error at the guest physical address of the page',
    async run(scene) {
      const { vm, source } = await interrupting(scene)
      await toldBy(scene, vm, 5, source)
      scene.same(recorded(vm, source), { severity: 'recoverable', page: vm.page(5).guestPhysical }, 'the record')
    }
  },
  {
    name: 'acknowledgement-is-waited-for',
    about: 'a record that the guest has not acknowledged is not written over; once it has, the next one is',
    async run(scene) {
      const { vm, source } = await interrupting(scene)
      if (source.readAck === undefined) throw new Skipped('its guests acknowledge nothing')
      await toldBy(scene, vm, 5, source)
      await optional(scene, vm, vm.page(6).hostVirtual)
      decides(scene, { action: 'ignore' })
      await optional(scene, vm, vm.page(7).hostVirtual)
      scene.same(recorded(vm, source).page, vm.page(5).guestPhysical, 'the page of the record')
      acknowledge(vm.memory, source)
      decides(scene, { action: 'notify-interrupt' })
      await toldBy(scene, vm, 8, source)
      scene.must(recorded(vm, source).page !== vm.page(5).guestPhysical, 'no record follows the acknowledgement')
    }
  },
  {
    name: 'record-before-the-abort',
    about: 'inject-sea: the record is written, the abort pended on the vCPU that touched the page, then it runs again',
    async run(scene) {
      const vm = await vmOf(scene)
      decides(scene, { action: 'inject-sea' })
      const source = vm.sources.find(({ notify }) => notify === NOTIFY.SEA)
      const steps = await answeredBy(scene, vm, source)
      const expected: readonly Step[] = source === undefined ? ['abort', 'run'] : ['record', 'abort', 'run']
      scene.same(
        steps.filter((step) => step !== 'acknowledgement taken back'),
        expected,
        'the order'
      )
      if (source === undefined) return
      scene.same(recorded(vm, source).page, vm.page(5).guestPhysical, 'the page of the record')
    }
  },
  {
    name: 'no-record-where-none-is-wanted',
    about: 'inject-sea with record false: the abort alone',
    async run(scene) {
      const vm = await vmOf(scene)
      decides(scene, { action: 'inject-sea', record: false })
      scene.same(await answeredBy(scene, vm, vm.sources[0]), ['abort', 'run'], 'the order')
    }
  },
  {
    name: 'serror-has-the-syndrome-of-the-answer',
    about: 'inject-serror: an SError is pended with the ISS that the policy gave, and no abort',
    async run(scene) {
      const vm = await vmOf(scene)
      decides(scene, { action: 'inject-serror', esr: ISS })
      scene.same(await answeredBy(scene, vm), ['serror', 'run'], 'the order')
      const { vcpu, serror_pending, serror_has_esr, serror_esr } = await scene.next(kvmSetVcpuEvents)
      scene.same(
        { vcpu, serror_pending, serror_has_esr, serror_esr },
        { vcpu: 0, serror_pending: 1, serror_has_esr: 1, serror_esr: ISS },
        'kvm.set-vcpu-events'
      )
    }
  },
  {
    name: 'ignored-runs-on',
    about: 'ignore: the vCPU runs again, and the guest is told nothing',
    async run(scene) {
      const vm = await vmOf(scene)
      decides(scene, { action: 'ignore' })
      scene.same(await answeredBy(scene, vm), ['run'], 'the order')
      scene.same(scene.of(kvmRun).at(-1)?.data, { vm: NAME, vcpu: 0 }, 'kvm.run')
    }
  },
  {
    name: 'killed-vmm-is-the-end',
    about: 'kill-vmm: the process ends and fails, by a signal or its code, and no vCPU of it runs again',
    async run(scene) {
      const vm = await vmOf(scene)
      decides(scene, { action: 'kill-vmm' })
      await required(scene, vm, vm.page(5).hostVirtual)
      const { pid, code = 0, signal } = await scene.next(processExit)
      scene.same(pid, vm.pid, 'the process that exits')
      if (signal === undefined && code === 0) throw new Broken('process.exit says that all is well')
      await anotherVm(scene)
      scene.same(scene.of(kvmRun).filter(({ data }) => data.vm === NAME).length, 1, 'the number of kvm.run')
    }
  }
]
