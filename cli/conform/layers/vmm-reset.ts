import type { Static, TObject, TSchema } from 'typebox'
import { guestReset } from '../../../shared/contracts/guest.ts'
import { processExit, processRead, processRemap } from '../../../shared/contracts/host-kernel.ts'
import { kvmIrqLine, kvmRun, kvmVcpuInit } from '../../../shared/contracts/kvm.ts'
import type { QuestionType } from '../../../shared/contracts/message.ts'
import { vmInjectError, vmMigrate, vmReset, type VmCreate } from '../../../shared/contracts/vmm.ts'
import { wire } from '../../../shared/contracts/validate.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { NOT_OFFERED } from '../../../shared/transport/headers.ts'
import type { Check } from '../check.ts'
import { Broken, shown, Skipped, type Scene } from '../scene.ts'
import { isAcknowledged, sourcesOf } from './guest-memory.ts'
import { anotherVm, ignoring, NAME, optional, type Vm, vmOf } from './vm-of-vmm.ts'

/** What the contract asks of a VMM that resets, migrates, or has QMP: it may say that it does not. */

/** Codes by which a VMM says so. */
const CANNOT: readonly unknown[] = ['request-unsupported', 'not-modelled', 'profile-unknown']

/** A question that a VMM need not know. Throws Skipped where it says that it does not. */
async function askWhereOffered<Data extends TObject, Reply extends TSchema>(
  scene: Scene,
  question: QuestionType<Data, Reply>,
  data: Static<Data>
): Promise<Static<Reply>> {
  const got = await scene.send(question, data)
  const { code } = (got.json ?? {}) as { readonly code?: unknown }
  const isProblem = got.type.startsWith('application/problem+json')
  if (isProblem ? CANNOT.includes(code) : NOT_OFFERED.has(got.status))
    throw new Skipped(`it does not do ${question.type}`)
  if (got.status !== 200) throw new Broken(`${question.type} is answered ${shown(got)}`)
  const parsed = wire(question.reply).parse(got.json)
  if ('error' in parsed) throw new Broken(`the answer to ${question.type}: ${parsed.error.detail}`)
  return parsed.value as Static<Reply>
}

/** Where in what the neighbours have heard a message first stands behind others. */
const placeOf = (scene: Scene, message: unknown, from = 0): number =>
  scene.heard.findIndex((told, place) => place >= from && told.message === message)

const runsOf = (scene: Scene): number => scene.of(kvmRun).filter(({ data }) => data.vm === NAME).length

/** All memory of the process can be read, or as much of it as is said. */
function readable(scene: Scene, part = 1n): void {
  scene.answer(processRead, ({ length }) => ({ read: length / part }))
}

export const RESET_CHECKS: readonly Check[] = [
  {
    name: 'reset-starts-the-guest-anew',
    about: 'vm.reset: guest.reset, every vCPU initialised, tables empty and acknowledged, and then kvm.run of each',
    async run(scene) {
      const { memory, guest } = await vmOf(scene, { vcpus: 2 })
      await scene.next(kvmRun, 1)
      const from = scene.heard.length
      await askWhereOffered(scene, vmReset, { vm: NAME })
      await scene.next(kvmRun, 3)
      const run = placeOf(scene, kvmRun, from)
      for (const message of [guestReset, kvmVcpuInit]) {
        const place = placeOf(scene, message, from)
        scene.must(place >= 0 && place < run, `${message.type} does not come before kvm.run`)
      }
      const again = scene.of(kvmRun).slice(2)
      scene.same(again.map(({ data }) => data.vcpu).sort(), [0, 1], 'the vCPUs that run again')
      for (const source of sourcesOf(memory, guest)) {
        scene.same(viewOf(memory.read(source.block, 4)).getUint32(0), 0, `Block Status of source ${source.source}`)
        scene.same(isAcknowledged(memory, source), true, `source ${source.source} acknowledged`)
      }
    }
  },
  {
    name: 'reset-replaces-lost-memory',
    about:
      'at a reset what is known to be lost is mapped anew by process.remap, and guest.reset says that it reads as zero',
    async run(scene) {
      const vm = await ignoring(scene)
      const page = vm.page(5)
      await optional(scene, vm, page.hostVirtual)
      scene.answer(processRemap, () => ({ ret: 0, errno: 0 }))
      await askWhereOffered(scene, vmReset, { vm: NAME })
      const { replaced = [] } = await scene.next(guestReset)
      const isOf = (start: bigint, length: bigint, at: bigint) => start <= at && at < start + length
      scene.must(
        scene.of(processRemap).some(({ data }) => isOf(data.hostVirtual, data.length, page.hostVirtual)),
        'no process.remap is of the lost page'
      )
      scene.must(
        replaced.some(({ guestPhysical, length }) => isOf(guestPhysical, length, page.guestPhysical)),
        'guest.reset does not say that the lost page reads as zero'
      )
    }
  },
  {
    name: 'migration-reads-all-memory',
    about: 'vm.migrate reads all RAM by a thread that runs no vCPU; then the process exits, and nothing of it runs',
    async run(scene) {
      const { guest, pid, tids } = await vmOf(scene)
      readable(scene)
      const { migrated } = await askWhereOffered(scene, vmMigrate, { vm: NAME })
      scene.same(migrated, true, 'migrated')
      const reads = scene.of(processRead).map(({ data }) => data)
      const total = reads.reduce((sum, { length }) => sum + length, 0n)
      scene.must(total >= guest.length, `only ${total} of ${guest.length} bytes are read`)
      scene.must(!reads.some(({ tid }) => tid !== undefined && tids.includes(tid)), 'a thread of a vCPU reads')
      scene.same((await scene.next(processExit)).pid, pid, 'the process that exits')
      const runs = runsOf(scene)
      await anotherVm(scene)
      scene.same(runsOf(scene), runs, 'the number of kvm.run')
    }
  },
  {
    name: 'unreadable-memory-is-not-migrated',
    about: 'a VM of whose memory only a part can be read is not migrated, and goes on where it is',
    async run(scene) {
      await vmOf(scene)
      readable(scene, 2n)
      const { migrated } = await askWhereOffered(scene, vmMigrate, { vm: NAME })
      scene.same(migrated, false, 'migrated')
      await anotherVm(scene)
      scene.same(scene.of(processExit).length, 0, 'the number of process.exit')
    }
  },
  {
    name: 'qmp-bytes-lie-in-a-block',
    about:
      'QMP inject-ghes-v2-error: the bytes lie in the block of a source as they are, then the guest is interrupted',
    async run(scene) {
      const vm = await qemu(scene)
      const cper = Uint8Array.from({ length: 64 }, (_, n) => n + 1)
      const reply = await askWhereOffered(scene, vmInjectError, { vm: NAME, cper: cper.toBase64() })
      scene.same(reply, { return: {} }, 'the reply')
      await scene.next(kvmIrqLine)
      const blocks = vm.sources.map(({ block }) => vm.memory.read(block, cper.length).toHex())
      scene.must(blocks.includes(cper.toHex()), `no block holds the bytes: ${blocks.join(', ')}`)
    }
  }
]

/** A VM of QEMU, whose QMP has the command. Throws Skipped where the VMM knows no such profile. */
async function qemu(scene: Scene): Promise<Vm> {
  const profile: NonNullable<VmCreate['profile']> = 'qemu-10.2'
  try {
    return await vmOf(scene, { profile })
  } catch (error) {
    if (error instanceof Broken && /^vm\.create is answered (4|501)/.test(error.message))
      throw new Skipped(`it has no ${profile}`)
    throw error
  }
}
