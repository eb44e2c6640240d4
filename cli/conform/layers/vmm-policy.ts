import { NOTIFICATIONS } from '../../../shared/contracts/common.ts'
import { processExit } from '../../../shared/contracts/host-kernel.ts'
import { kvmIrqLine, kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import { policyDecide } from '../../../shared/contracts/policy.ts'
import { vmPolicy } from '../../../shared/contracts/vmm.ts'
import type { Check } from '../check.ts'
import type { Response } from '../neighbours.ts'
import { Skipped, type Scene } from '../scene.ts'
import { decides, ignoring, NAME, optional, required, type Vm, vmOf } from './vm-of-vmm.ts'

/** What the contract asks of a VMM about its policy: what it is asked, and what happens without a usable answer. */

const SHORT_DEADLINE_MS = 100

/** The sources as a question lists them, by what the guest has been given. */
const listed = ({ sources }: Vm, isAcknowledged: (source: number) => boolean) =>
  sources.map(({ source, notify }) => ({
    source,
    notify: NOTIFICATIONS[notify],
    acknowledged: isAcknowledged(source)
  }))

/** The VM has a fallback of its own, so that one can see that it is taken; and it goes on. */
const fallback = (
  name: string,
  about: string,
  give: (held: Promise<undefined>) => Response | Promise<undefined>
): Check => ({
  name,
  about: `${about} is replaced by the fallback of the VM, which goes on`,
  async run(scene) {
    const deadline = { policyDeadlineMs: SHORT_DEADLINE_MS, fallback: { optional: 'notify-interrupt' } } as const
    const vm = await vmOf(scene, deadline)
    if (vm.guest.errorIntid === undefined) throw new Skipped('no interrupt tells its guests of errors')
    let release = () => {}
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
    decides(scene, { action: 'kill-vmm' })
    scene.trouble(({ message }) => (message === policyDecide ? give(held) : undefined))
    try {
      await optional(scene, vm, vm.page(5).hostVirtual)
      await raised(scene)
    } finally {
      release()
    }
    scene.same(pendedAborts(scene), 0, 'the number of aborts that are pended')
    scene.trouble(() => undefined)
    decides(scene, { action: 'ignore' })
    await optional(scene, vm, vm.page(6).hostVirtual)
    scene.same(scene.of(processExit).length, 0, 'the number of process.exit')
  }
})

const raised = (scene: Scene) =>
  scene.until(() => scene.of(kvmIrqLine).some(({ data }) => data.level), 'kvm.irq-line that goes high')

const pendedAborts = (scene: Scene) =>
  scene.of(kvmSetVcpuEvents).filter(({ data }) => data.ext_dabt_pending !== 0).length

const answer = (json: object): Response => ({ status: 200, json })

export const POLICY_CHECKS: readonly Check[] = [
  {
    name: 'optional-is-asked-about',
    about: 'of BUS_MCEERR_AO the policy is asked: code, address, page of the guest, in RAM, and no vCPU',
    async run(scene) {
      const vm = await ignoring(scene)
      const page = vm.page(5)
      const { vcpu, signal, guest } = await optional(scene, vm, page.hostVirtual + 0x18n)
      scene.same(
        { vm: NAME, vcpu, signal, guest },
        {
          vm: NAME,
          vcpu: undefined,
          signal: { code: 'BUS_MCEERR_AO', hostVirtual: page.hostVirtual + 0x18n, addressLsb: 12 },
          guest: { guestPhysical: page.guestPhysical, inRam: true }
        },
        'the question'
      )
    }
  },
  {
    name: 'required-is-asked-about',
    about: 'of BUS_MCEERR_AR the policy is asked with the vCPU that consumed the error',
    async run(scene) {
      const vm = await ignoring(scene)
      const page = vm.page(5)
      const { vcpu, signal, guest } = await required(scene, vm, page.hostVirtual)
      scene.same(
        { vcpu, signal, guest },
        {
          vcpu: 0,
          signal: { code: 'BUS_MCEERR_AR', hostVirtual: page.hostVirtual, addressLsb: 12 },
          guest: { guestPhysical: page.guestPhysical, inRam: true }
        },
        'the question'
      )
    }
  },
  {
    name: 'memory-of-its-own-is-no-ram',
    about: 'an address that no memory slot has is not RAM of the guest, and has no guest physical address',
    async run(scene) {
      const vm = await ignoring(scene)
      const { guest } = await optional(scene, vm, 0xaaaa_b000_0000n)
      scene.same(guest, { inRam: false }, 'guest of the question')
    }
  },
  {
    name: 'sources-are-those-of-the-guest',
    about: 'the question lists the sources of the HEST, acknowledged as guest memory says when it is asked',
    async run(scene) {
      const vm = await ignoring(scene)
      const busy = vm.sources.find(({ readAck }) => readAck !== undefined)
      if (busy?.readAck === undefined) throw new Skipped('its guests acknowledge nothing')
      const first = await optional(scene, vm, vm.page(5).hostVirtual)
      scene.same(
        first.sources,
        listed(vm, () => true),
        'sources of the question'
      )
      vm.memory.write(busy.readAck.at, new Uint8Array(8))
      const second = await optional(scene, vm, vm.page(6).hostVirtual)
      scene.same(
        second.sources,
        listed(vm, (source) => source !== busy.source),
        'sources of the question then'
      )
    }
  },
  {
    name: 'history-counts-this-error',
    about: 'history says how often the VM was told of an error, this time included, whoever consumed it',
    async run(scene) {
      const vm = await ignoring(scene)
      const told = [
        await optional(scene, vm, vm.page(5).hostVirtual),
        await required(scene, vm, vm.page(5).hostVirtual),
        await optional(scene, vm, vm.page(6).hostVirtual)
      ]
      scene.same(
        told.map(({ history }) => history.errors),
        [1, 2, 3],
        'history.errors of the questions'
      )
    }
  },
  {
    name: 'policy-by-name-is-passed-on',
    about: 'the built-in policy that vm.create or vm.policy names is named in the question',
    async run(scene) {
      const vm = await ignoring(scene, { policy: 'morse' })
      scene.same((await optional(scene, vm, vm.page(5).hostVirtual)).policy, 'morse', 'policy of the question')
      await scene.ask(vmPolicy, { vm: NAME, policy: 'mirror' })
      scene.same((await optional(scene, vm, vm.page(6).hostVirtual)).policy, 'mirror', 'policy of the question then')
    }
  },
  fallback('late-answer-is-replaced', 'an answer that does not come within the deadline', (held) => held),
  fallback('failure-is-replaced', 'a policy that fails with 500', () => ({
    status: 500,
    json: { title: 'broken', status: 500 }
  })),
  fallback('nonsense-is-replaced', 'an answer that is no decision', () => answer({ action: 'dance', because: '' })),
  fallback(
    'impossible-answer-is-replaced',
    'an SEA, which comes of an access that some vCPU makes, in answer to BUS_MCEERR_AO',
    () => answer({ action: 'inject-sea', because: '' })
  )
]
