import type { GuestCreate } from '../../../shared/contracts/guest.ts'
import {
  guestCreate,
  guestMemoryRead,
  guestMemoryWrite,
  taskAccess,
  taskCreate,
  vcpuEnter
} from '../../../shared/contracts/guest.ts'
import { memoryAccess } from '../../../shared/contracts/hardware.ts'
import type { Interrupted } from '../../../shared/contracts/common.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { encodeDataAbort } from '../../../shared/formats/esr-abort.ts'
import { AET_VALUE, encodeSError } from '../../../shared/formats/esr-serror.ts'
import { Broken, type Scene } from '../scene.ts'
import { CELLS, HEST, hestOf, recordOf, SOURCES, type Source } from './guest-sources.ts'

/** A guest as its VMM and KVM set it up, and what the rules of guests are shown on. */

export const RAM = 0x4000_0000n
const RAM_LENGTH = 0x400_0000n
export const RAM_END = RAM + RAM_LENGTH
const PAGE = 0x1000n
export const ERROR_INTID = 41
const ENTRY = { pc: 0x4008_0000n, pstate: 0x3c5n } as const
const FSC_SYNCHRONOUS_EXTERNAL_ABORT = 0x10
/** Of Linux, above the user's half. */
const VECTORS = 0xffff_8000_0801_0800n

/** Task `n`, its page, and where it reads in it. */
export const pidOf = (n: number) => 1200 + n
export const pageOf = (n: number) => 0x4100_1000n + BigInt(n) * PAGE
export const addressOf = (n: number) => 0xffff_9000_0018n + BigInt(n) * 0x10_0000n
const PC = 0x40_0d20n

/** A guest of four vCPUs that have not run yet, with error sources unless nothing is said of a HEST. */
export async function created(scene: Scene, but: Partial<GuestCreate> = {}): Promise<void> {
  const guest = { vm: 'vm0', vcpus: 4, guestPhysical: RAM, length: RAM_LENGTH, errorIntid: ERROR_INTID, ...but }
  await scene.ask(guestCreate, guest)
}

/** The same with the tables and status blocks that a VMM leaves in its memory, all acknowledged. */
export async function createdWithSources(scene: Scene): Promise<void> {
  await created(scene, { hestAddress: HEST })
  await write(scene, HEST, hestOf())
  for (const source of SOURCES) {
    await writeWord(scene, CELLS[source].address, CELLS[source].block)
    await writeWord(scene, CELLS[source].readAck, 1n)
  }
}

/** vCPUs run; none does before it is entered. */
export async function entered(scene: Scene, ...vcpus: readonly number[]): Promise<void> {
  for (const vcpu of vcpus) await scene.tell(vcpuEnter, { vm: 'vm0', vcpu, ...ENTRY })
}

/** Tasks by number, each with its page, or with that of another. */
export async function withTasks(scene: Scene, tasks: readonly number[], page = pageOf): Promise<void> {
  for (const n of tasks) {
    const mapping = { guestVirtual: addressOf(n) - 0x18n, guestPhysical: page(n), length: PAGE }
    await scene.ask(taskCreate, { vm: 'vm0', pid: pidOf(n), comm: `task${n}`, mappings: [mapping] })
  }
}

/** What task `n` is asked to do: to read from its page, on vCPU 0. */
export const loadBy = (n: number, vcpu = 0) =>
  ({ vm: 'vm0', pid: pidOf(n), vcpu, guestVirtual: addressOf(n), access: 'load', pc: PC }) as const

/** What the hardware is then asked, whatever its PSTATE. */
export const accessBy = (n: number, vcpu = 0): Omit<Interrupted, 'pstate'> => ({
  vm: 'vm0',
  vcpu,
  el: 0,
  pc: PC,
  access: 'load',
  virtual: addressOf(n),
  physical: pageOf(n) + 0x18n
})

/** Task `n` reads, and the access has come to the hardware. */
export async function reads(scene: Scene, n: number, vcpu = 0): Promise<Interrupted> {
  const before = scene.of(memoryAccess).length
  await scene.tell(taskAccess, loadBy(n, vcpu))
  return scene.next(memoryAccess, before)
}

/** Everything that the guest had to do is done: a task of its own on the last vCPU has gone out to memory. */
export async function allDone(scene: Scene): Promise<void> {
  const last = 3
  await entered(scene, last)
  await withTasks(scene, [9])
  await scene.tell(taskAccess, loadBy(9, last))
  await scene.until(
    () => scene.of(memoryAccess).some(({ data }) => data.vcpu === last),
    'memory.access of a task on another vCPU'
  )
}

/** How often a vCPU has gone out to memory. */
export const accessesOf = (scene: Scene, vcpu: number) =>
  scene.of(memoryAccess).filter(({ data }) => data.vcpu === vcpu).length

/** vCPU 0 is entered at the vector of an exception that it took while task `n` read. */
async function takes(scene: Scene, n: number, vector: number, esr: bigint): Promise<void> {
  const el = vector < 0x400 ? 0x5n : 0n
  await scene.tell(vcpuEnter, {
    vm: 'vm0',
    vcpu: 0,
    pc: VECTORS + BigInt(vector),
    pstate: ENTRY.pstate,
    exception: { vector, esr_el1: esr, far_el1: addressOf(n), elr_el1: PC, spsr_el1: el }
  })
}

export const takesSea = (scene: Scene, n: number, from: 'EL0' | 'EL1' = 'EL0') =>
  takes(
    scene,
    n,
    from === 'EL0' ? 0x400 : 0x200,
    encodeDataAbort({ lowerEl: from === 'EL0', fsc: FSC_SYNCHRONOUS_EXTERNAL_ABORT })
  )

export const takesSError = (scene: Scene, n: number, containment: keyof typeof AET_VALUE) =>
  takes(scene, n, 0x580, encodeSError({ aet: AET_VALUE[containment] }))

/** The VMM puts a record about the page of task `n` into the block of a source, and takes the acknowledgement back. */
export async function tellsOf(scene: Scene, source: Source, n: number): Promise<void> {
  const { block, readAck } = CELLS[source]
  await writeWord(scene, readAck, 0n)
  await write(scene, block, recordOf(pageOf(n)))
}

/** Whether the record of a source lies there still, and whether it has been acknowledged. */
export async function standingOf(scene: Scene, source: Source): Promise<{ status: number; acknowledged: bigint }> {
  const { block, readAck } = CELLS[source]
  return {
    status: viewOf(await read(scene, block, 4)).getUint32(0),
    acknowledged: viewOf(await read(scene, readAck, 8)).getBigUint64(0) & 1n
  }
}

export async function read(scene: Scene, guestPhysical: bigint, length: number): Promise<Uint8Array> {
  const { bytes } = await scene.ask(guestMemoryRead, { vm: 'vm0', guestPhysical, length })
  if (bytes.length !== length) throw new Broken(`memory.read of ${length} bytes gives ${bytes.length}`)
  return bytes
}

export async function write(scene: Scene, guestPhysical: bigint, bytes: Uint8Array): Promise<void> {
  await scene.ask(guestMemoryWrite, { vm: 'vm0', guestPhysical, bytes })
}

async function writeWord(scene: Scene, guestPhysical: bigint, value: bigint): Promise<void> {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, value)
  await write(scene, guestPhysical, bytes)
}
