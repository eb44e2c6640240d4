import { memoryAccess, stage2Map } from '../../shared/contracts/hardware.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { LAYERS, MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { request } from '../support/requests.ts'
import type { Services } from '../support/services.ts'
import { wrongWith } from './attack.ts'
import { Random } from './random.ts'

/** What an attack deletes while the others go on, each so often that it was there. */
export const DELETED = ['machine in a layer', 'machine everywhere', 'VM', 'dead letter'] as const
export type Deletions = Record<(typeof DELETED)[number], number>
export const noDeletions = (): Deletions => ({
  'machine in a layer': 0,
  'machine everywhere': 0,
  VM: 0,
  'dead letter': 0
})

type Room = Pick<Services, 'urls' | 'system'>

/** Deletes something that follows from a seed, and makes its like again. Says what is wrong with the answer, if something is. */
export async function attackByDeleting(
  room: Room,
  machine: string,
  seed: number,
  deleted: Deletions
): Promise<string | undefined> {
  const random = new Random(seed)
  const kind = random.of(DELETED)
  const layer = random.of(MODELLED_LAYERS)
  switch (kind) {
    case 'machine in a layer':
      return answered(deleted, kind, `${room.urls[layer]}/v1/machines/${machine}`, () => make(room, layer, machine))
    case 'machine everywhere':
      return answered(deleted, kind, `${room.urls.console}/v1/machines/${machine}`, async () => {
        for (const each of MODELLED_LAYERS) await make(room, each, machine)
      })
    case 'VM':
      // It may be there, with its name taken by an attack.
      await room.system.tell(machine, vmCreate, { vm: 'vm0' }).catch(refused)
      return answered(deleted, kind, `${room.urls.vmm}/v1/machines/${machine}/vms/vm0`, () =>
        room.system.tell(machine, vmCreate, { vm: 'vm0' }).catch(refused)
      )
    case 'dead letter':
      return deleteLetter(room, machine, deleted)
  }
}

/** What an attack has left may not allow what is asked for; any other answer is told where it comes. */
function refused(error: unknown): void {
  if (
    !(error instanceof Error) ||
    !/unknown|exists|state|panicked|halted|deleted|full|too-many|backlog/.test(error.message)
  )
    throw error
}

const make = (room: Room, layer: Layer, machine: string) =>
  request(`${room.urls[layer]}/v1/machines/${machine}`, { method: 'PUT' })

async function answered(
  deleted: Deletions,
  kind: keyof Deletions,
  url: string,
  again: () => Promise<unknown>
): Promise<string | undefined> {
  const { status, contentType, text } = await request(url, { method: 'DELETE' })
  if (status === 200) deleted[kind]++
  const says = wrongWith(status, contentType, text, 'DELETE')
  await again()
  return says === undefined ? undefined : `DELETE ${url}: ${says}`
}

/** Of a VM that the guest layer has never heard of an access completes: nobody can take that. */
async function deleteLetter(room: Room, machine: string, deleted: Deletions): Promise<string | undefined> {
  const [vm, physical] = ['ghost', 0x4000_1000n]
  const access = { vm, vcpu: 0, el: 0, pc: 0n, pstate: 0n, access: 'load', virtual: physical } as const
  try {
    await room.system.ask(machine, stage2Map, {
      vm,
      guestPhysical: physical,
      hostPhysical: 0x4800_1000n,
      length: 0x1000n
    })
    await room.system.tell(machine, memoryAccess, { ...access, physical })
  } catch (error) {
    refused(error)
  }
  // It is one of those that have come by now; the latest comes in time for the next attack.
  for (const layer of LAYERS) {
    const { json } = await request(`${room.urls[layer]}/v1/dead-letters`)
    const [letter] = (json as { letters?: readonly { id: string; machine: string }[] } | undefined)?.letters ?? []
    if (letter === undefined) continue
    const url = `${room.urls[layer]}/v1/dead-letters/${encodeURIComponent(letter.id)}?machine=${letter.machine}`
    return answered(deleted, 'dead letter', url, async () => undefined)
  }
  return undefined
}
