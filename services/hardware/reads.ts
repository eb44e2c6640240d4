import { Hardware, MemoryPage, PoisonedLines, Stage2 } from '../../shared/contracts/reads/hardware.ts'
import { closed, VmName } from '../../shared/contracts/common.ts'
import { U64 } from '../../shared/contracts/wire.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { errorsIn, isPoison } from './error-lines.ts'
import { ADDRESS_LIMIT, PAGE_SIZE } from '../../shared/sparse/page-map.ts'
import { stage2Ranges } from './stage2.ts'
import { isRam, type HardwareState } from './state.ts'

const M = '/v1/machines/:machine'

function showMachine(state: HardwareState) {
  const contexts = Object.entries(state.contexts)
  return {
    memory: state.ram,
    routing: state.routing,
    poisonedLines: state.poisonedLines,
    vms: Object.keys(state.stage2),
    contexts: contexts.map(([name, { access, raised, spinning, takes }]) => ({ name, access, raised, spinning, takes }))
  }
}

/** A page of memory by an address in it; undefined when it is not RAM. */
function showPage(state: HardwareState, address: bigint) {
  const hostPhysical = address & ~(PAGE_SIZE - 1n)
  if (!isRam(state, hostPhysical)) return undefined
  const lines = errorsIn(state, hostPhysical, hostPhysical + PAGE_SIZE)
  return { hostPhysical, poisoned: lines.some(isPoison), lines }
}

/** What can be read of a machine's hardware. */
export const READS: readonly ReadRoute<HardwareState>[] = [
  {
    id: 'getHardware',
    path: `${M}/hardware`,
    reply: Hardware,
    summary: 'Memory, routing, and accesses under way',
    read: showMachine
  },
  {
    id: 'getMemoryPage',
    path: `${M}/pages/:address`,
    reply: MemoryPage,
    summary: 'The lines of a 4 KiB page that hold an error, by any address in the page',
    params: closed({ address: U64 }),
    example: { address: '0x48001000' },
    read: (state, { address }) => showPage(state, address as bigint),
    missing: 'page-unknown'
  },
  {
    id: 'listPoisonedLines',
    path: `${M}/poisoned`,
    reply: PoisonedLines,
    summary: 'Every poisoned line',
    read: (state) => ({ lines: errorsIn(state, 0n, ADDRESS_LIMIT).filter(isPoison) })
  },
  {
    id: 'getStage2',
    path: `${M}/vms/:vm/stage2`,
    reply: Stage2,
    summary: 'What stage 2 of a VM maps',
    params: closed({ vm: VmName }),
    example: { vm: 'vm0' },
    read(state, { vm }) {
      const ranges = stage2Ranges(state, vm as string)
      return ranges === undefined ? undefined : { ranges }
    },
    missing: 'vm-unknown'
  }
]
