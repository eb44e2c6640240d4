import { guestCreate, guestMemoryWrite } from '../../../shared/contracts/guest.ts'
import { processCreate, processExit } from '../../../shared/contracts/host-kernel.ts'
import {
  EXIT_REASON,
  kvmCreateVcpu,
  kvmCreateVm,
  kvmRun,
  kvmSetOneReg,
  kvmSetUserMemoryRegion
} from '../../../shared/contracts/kvm.ts'
import { policyDecide } from '../../../shared/contracts/policy.ts'
import { kvmExit, vmCreate, vmStop } from '../../../shared/contracts/vmm.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import type { Check } from '../check.ts'
import { refused } from '../general.ts'
import { Skipped } from '../scene.ts'
import { isAcknowledged } from './guest-memory.ts'
import { anotherVm, EINTR, NAME, vmOf } from './vm-of-vmm.ts'

/** What the contract asks of a VMM about the life of its VMs: how they are made, run and ended. */

/** The order in which a VM comes about, as kvm.create-vm has it. */
const ORDER = [
  processCreate,
  kvmCreateVm,
  kvmSetUserMemoryRegion,
  kvmCreateVcpu,
  guestCreate,
  kvmSetOneReg,
  kvmRun
] as const

const ENOMEM = 12

export const LIFE_CHECKS: readonly Check[] = [
  {
    name: 'made-in-order',
    about: `a VM comes about by ${ORDER.map(({ type }) => type).join(', ')}, in this order`,
    async run(scene) {
      await vmOf(scene)
      const types = scene.heard.map(({ message }) => message.type)
      const order = [...new Set(types)].filter((type) => ORDER.some((message) => message.type === type))
      scene.same(
        order,
        ORDER.map(({ type }) => type),
        'the order'
      )
    }
  },
  {
    name: 'slot-is-of-its-own-memory',
    about: 'the memory slot is of a mapping of the process, the guest has the same RAM, and each vCPU a thread',
    async run(scene) {
      const { guest, pid, tids } = await vmOf(scene, { vcpus: 2 })
      const { mappings, threads = [] } = await scene.next(processCreate)
      const { guestPhysical, hostVirtual, length } = await scene.next(kvmSetUserMemoryRegion)
      scene.must(
        mappings.some((one) => one.hostVirtual <= hostVirtual && hostVirtual + length <= one.hostVirtual + one.length),
        'the memory slot is of no mapping of the process'
      )
      scene.same([guest.guestPhysical, guest.length], [guestPhysical, length], 'the RAM of guest.create')
      scene.same(guest.vcpus, 2, 'vcpus of guest.create')
      scene.same((await scene.next(kvmCreateVm)).pid, pid, 'the process of kvm.create-vm')
      const known = threads.map(({ tid }) => tid)
      scene.must(
        tids.length === 2 && new Set(tids).size === 2 && tids.every((tid) => known.includes(tid)),
        `the threads of the vCPUs, ${tids.join(', ')}, are not those of process.create, ${known.join(', ')}`
      )
    }
  },
  {
    name: 'every-vcpu-runs',
    about: 'kvm.run comes for each vCPU, once',
    async run(scene) {
      await vmOf(scene, { vcpus: 2 })
      await scene.next(kvmRun, 1)
      const run = scene.of(kvmRun).map(({ data }) => data.vcpu)
      scene.same(run.sort(), [0, 1], 'the vCPUs that run')
    }
  },
  {
    name: 'tables-before-the-first-run',
    about: 'by the first kvm.run a HEST lies at hestAddress, its cells point to blocks in RAM: empty, acknowledged',
    async run(scene) {
      const { memory, guest, sources } = await vmOf(scene)
      if (guest.hestAddress === undefined) throw new Skipped('its guests have no error sources')
      const run = scene.heard.findIndex(({ message }) => message === kvmRun)
      scene.same(
        scene.heard.slice(run).filter(({ message }) => message === guestMemoryWrite).length,
        0,
        'writes behind'
      )
      scene.must(sources.length > 0, 'the HEST has no GHES or GHESv2')
      const end = guest.guestPhysical + guest.length
      for (const source of sources) {
        const { block, blockLength } = source
        scene.must(
          guest.guestPhysical <= block && block + BigInt(blockLength) <= end,
          `the block of source ${source.source} is not in RAM, but at 0x${block.toString(16)}`
        )
        scene.same(viewOf(memory.read(block, 4)).getUint32(0), 0, `Block Status of source ${source.source}`)
        scene.same(isAcknowledged(memory, source), true, `source ${source.source} acknowledged from the start`)
      }
    }
  },
  {
    name: 'failed-ioctl-is-the-end',
    about: 'a VM whose KVM gives ret -1 is not run',
    async run(scene) {
      scene.answer(kvmCreateVcpu, ({ vm }) => (vm === NAME ? { ret: -1, errno: ENOMEM } : { ret: 0, errno: 0 }))
      await scene.tell(vmCreate, { vm: NAME, vcpus: 1 })
      await anotherVm(scene)
      scene.same(
        scene.of(kvmRun).map(({ data }) => data.vm),
        ['other'],
        'the VMs that run'
      )
    }
  },
  {
    name: 'exit-without-a-signal-runs-on',
    about: 'after a kvm.exit with EINTR that no memory error caused the vCPU runs again, and nobody is asked',
    async run(scene) {
      await vmOf(scene)
      await scene.tell(kvmExit, { vm: NAME, vcpu: 0, ...EINTR })
      scene.same(await scene.next(kvmRun, 1), { vm: NAME, vcpu: 0 }, 'kvm.run')
      scene.same(scene.of(policyDecide).length, 0, 'the number of policy.decide')
    }
  },
  {
    name: 'guest-that-is-off-runs-no-more',
    about: 'a guest that asked to be powered off is not run again, and its process exits',
    async run(scene) {
      const { pid } = await vmOf(scene)
      const exit = {
        ret: 0,
        errno: 0,
        exitReason: EXIT_REASON.KVM_EXIT_SYSTEM_EVENT,
        pc: 0n,
        systemEvent: 'system-off'
      }
      await scene.tell(kvmExit, { vm: NAME, vcpu: 0, ...exit })
      scene.same((await scene.next(processExit)).pid, pid, 'the process that exits')
      await anotherVm(scene)
      scene.same(scene.of(kvmRun).filter(({ data }) => data.vm === NAME).length, 1, 'the number of kvm.run')
    }
  },
  {
    name: 'stopped-vm-exits',
    about: 'vm.stop is answered, and the process of the VM exits',
    async run(scene) {
      const { pid } = await vmOf(scene)
      await scene.ask(vmStop, { vm: NAME })
      scene.same((await scene.next(processExit)).pid, pid, 'the process that exits')
    }
  },
  {
    name: 'who-is-not-there-is-refused',
    about: 'a VM of a name that is taken, an unknown vCPU and an unknown VM are refused with a problem',
    async run(scene) {
      await vmOf(scene)
      refused('vm.create of a VM that exists', await scene.send(vmCreate, { vm: NAME }))
      refused('kvm.exit of an unknown vCPU', await scene.send(kvmExit, { vm: NAME, vcpu: 5, ...EINTR }))
      refused('kvm.exit of an unknown VM', await scene.send(kvmExit, { vm: 'nobody', vcpu: 0, ...EINTR }))
      refused('vm.stop of an unknown VM', await scene.send(vmStop, { vm: 'nobody' }))
    }
  }
]
