import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import type { Io } from '../../shared/model/io.ts'
import {
  ADDRESS_LIMIT,
  PAGE_SIZE,
  pageOf,
  pageRuns,
  pageValue,
  setPages,
  type PageMap
} from '../../shared/sparse/page-map.ts'
import type { HardwareState } from './state.ts'

interface Stage2Range {
  readonly vm: string
  readonly guestPhysical: bigint
  readonly length: bigint
}

/**
 * Stage 2 walk: the host physical address of an IPA, or undefined when nothing is mapped there.
 *
 * Spec: Arm DDI 0487, D8 (stage 2 translation, 4 KiB granule).
 * Fidelity: omits permissions, access flags and memory attributes; what is mapped is normal memory, readable, writable and
 * executable.
 */
export function walkStage2(state: HardwareState, vm: string, guestPhysical: bigint): bigint | undefined {
  if (guestPhysical >= ADDRESS_LIMIT) return undefined
  const offset = pageValue(tableOf(state, vm), pageOf(guestPhysical))
  return offset === undefined ? undefined : guestPhysical + offset
}

/** Maps a range of IPA. Refuses what is not whole pages within 48 bits. */
export function mapStage2(
  state: HardwareState,
  range: Stage2Range & { readonly hostPhysical: bigint },
  io: Io
): HardwareState {
  requirePages(range, io)
  if (range.hostPhysical % PAGE_SIZE !== 0n) {
    io.refuse('range-invalid', 'stage 2 maps whole 4 KiB pages', '/hostPhysical')
  }
  if (range.hostPhysical + range.length > ADDRESS_LIMIT) {
    io.refuse('range-invalid', 'the output addresses of stage 2 have 48 bits', '/hostPhysical')
  }
  return setStage2(state, range, range.hostPhysical - range.guestPhysical, io)
}

/** Takes a range of IPA out. Refuses what is not whole pages within 48 bits; a range that was not mapped is fine. */
export function unmapStage2(state: HardwareState, range: Stage2Range, io: Io): HardwareState {
  requirePages(range, io)
  return setStage2(state, range, undefined, io)
}

/** What stage 2 of a VM maps, as ranges; undefined when it maps nothing. */
export function stage2Ranges(state: HardwareState, vm: string) {
  if (!Object.hasOwn(state.stage2, vm)) return undefined
  return pageRuns(tableOf(state, vm)).map(({ first, end, value }) => ({
    guestPhysical: BigInt(first) * PAGE_SIZE,
    hostPhysical: BigInt(first) * PAGE_SIZE + value,
    length: BigInt(end - first) * PAGE_SIZE
  }))
}

/** A VM may bear the name of a property that every object has. */
function tableOf(state: HardwareState, vm: string): PageMap<bigint> {
  return Object.hasOwn(state.stage2, vm) ? state.stage2[vm] : undefined
}

function setStage2(state: HardwareState, range: Stage2Range, offset: bigint | undefined, io: Io): HardwareState {
  const before = tableOf(state, range.vm)
  if (before === undefined && offset !== undefined) {
    requireRoomFor('machineVms', Object.keys(state.stage2).length, io, '/vm')
  }
  const tree = setPages(before, pageOf(range.guestPhysical), pageOf(range.guestPhysical + range.length), offset)
  if (tree !== undefined) return { ...state, stage2: { ...state.stage2, [range.vm]: tree } }
  return { ...state, stage2: Object.fromEntries(Object.entries(state.stage2).filter(([vm]) => vm !== range.vm)) }
}

function requirePages({ guestPhysical, length }: Stage2Range, io: Io): void {
  if (guestPhysical % PAGE_SIZE !== 0n) io.refuse('range-invalid', 'stage 2 maps whole 4 KiB pages', '/guestPhysical')
  if (length === 0n || length % PAGE_SIZE !== 0n) {
    io.refuse('range-invalid', 'the length is a whole number of 4 KiB pages, and not none', '/length')
  }
  if (guestPhysical + length > ADDRESS_LIMIT) {
    io.refuse('range-invalid', 'intermediate physical addresses have 48 bits', '/guestPhysical')
  }
}
