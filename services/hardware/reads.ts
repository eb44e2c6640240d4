import { errorsIn, isPoison } from './error-lines.ts'
import { ADDRESS_LIMIT, PAGE_SIZE } from './page-tree.ts'
import { stage2Ranges } from './stage2.ts'
import { isRam, type HardwareState } from './state.ts'

type Params = Readonly<Record<string, string | undefined>>
/** A plain GET: what it shows of a machine; undefined when there is no such thing. */
export interface Read {
  readonly path: string
  readonly summary: string
  readonly read: (state: HardwareState, params: Params) => unknown
}
const M = '/v1/machines/:machine'
const HEX = /^0x[0-9a-f]{1,16}$/

function showMachine(state: HardwareState) {
  const contexts = Object.entries(state.contexts)
  return {
    memory: state.ram,
    routing: state.routing,
    poisonedLines: state.poisonedLines,
    vms: Object.keys(state.stage2),
    contexts: contexts.map(([name, { access, raised, spinning }]) => ({ name, access, raised, spinning }))
  }
}

/** A page of memory by an address in it; undefined when it is not RAM. */
function showPage(state: HardwareState, address: string) {
  if (!HEX.test(address)) return undefined
  const hostPhysical = BigInt(address) & ~(PAGE_SIZE - 1n)
  if (!isRam(state, hostPhysical)) return undefined
  const errors = errorsIn(state, hostPhysical, hostPhysical + PAGE_SIZE)
  return { hostPhysical, poisoned: errors.some(isPoison), lines: errors }
}

export const READS: readonly Read[] = [
  { path: M, summary: 'Memory, routing, and accesses under way', read: showMachine },
  {
    path: `${M}/pages/:address`,
    summary: 'The lines of a 4 KiB page that hold an error',
    read: (state, { address }) => showPage(state, address ?? '')
  },
  {
    path: `${M}/poisoned`,
    summary: 'Every poisoned line',
    read: (state) => ({ lines: errorsIn(state, 0n, ADDRESS_LIMIT).filter(isPoison) })
  },
  {
    path: `${M}/vms/:vm/stage2`,
    summary: 'What stage 2 of a VM maps',
    read(state, { vm }) {
      const ranges = stage2Ranges(state, vm ?? '')
      return ranges === undefined ? undefined : { ranges }
    }
  }
]
