import type { Static, TObject } from 'typebox'
import {
  errorInject,
  exceptionReturn,
  lineRepair,
  memoryAccess,
  memoryMap,
  patrolScrub as patrolScrubMessage,
  routingSet,
  stage2Map,
  stage2Unmap,
  tlbInvalidate
} from '../../shared/contracts/hardware.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import { injectError } from './error-inject.ts'
import { mapMemory, patrolScrub, repairLine } from './memory.ts'
import { beginAccess, dropSpinning, resumeSpinning, returnTo } from './pe.ts'
import { mapStage2, unmapStage2 } from './stage2.ts'
import { initialHardware, type HardwareState } from './state.ts'

type Handle = (state: HardwareState, data: unknown, io: Io) => HardwareState

function on<Data extends TObject>(
  { type }: MessageType<Data>,
  handle: (state: HardwareState, data: Static<Data>, io: Io) => HardwareState
): readonly [string, Handle] {
  return [type, (state, data, io) => handle(state, data as Static<Data>, io)]
}

const HANDLERS: ReadonlyMap<string, Handle> = new Map([
  on(errorInject, injectError),
  on(memoryAccess, beginAccess),
  on(exceptionReturn, returnTo),
  on(stage2Map, (state, range, io) => {
    const mapped = mapStage2(state, range, io)
    io.answer({})
    return resumeSpinning(mapped, io)
  }),
  on(stage2Unmap, (state, range, io) => {
    const unmapped = unmapStage2(state, range, io)
    io.answer({})
    return resumeSpinning(unmapped, io)
  }),
  on(tlbInvalidate, (state, range, io) => {
    const { next, restarted } = dropSpinning(state, range)
    io.answer({ restarted })
    return next
  }),
  on(routingSet, (state, routing, io) => resumeSpinning({ ...state, routing }, io)),
  on(memoryMap, (state, { ranges }, io) => resumeSpinning(mapMemory(state, ranges, io), io)),
  on(lineRepair, (state, { hostPhysical }, io) => resumeSpinning(repairLine(state, hostPhysical, io), io)),
  on(patrolScrubMessage, (state, { start, end }, io) => patrolScrub(state, start, end, io))
])

/**
 * The machine's PEs and memory. It asks nobody; whatever it tells is sent to the level that takes it.
 * Inputs of a type that it does not know (the start of the machine) change nothing.
 */
export const hardwareModel = procedure<HardwareState>('hardware', initialHardware, (state, input, io) => {
  const handle = HANDLERS.get(input.type)
  return handle === undefined ? state : handle(state, input.data, io)
})
