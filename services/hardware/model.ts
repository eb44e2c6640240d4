import {
  addressDecode,
  errorInject,
  exceptionReturn,
  lineRepair,
  memoryAccess,
  memoryMap,
  patrolScrub as patrolScrubMessage,
  peHalt,
  routingSet,
  stage2Map,
  stage2Unmap,
  tlbInvalidate
} from '../../shared/contracts/hardware.ts'
import { dispatch, on } from '../../shared/model/dispatch.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { injectError } from './error-inject.ts'
import { mapMemory, patrolScrub, repairLine } from './memory.ts'
import { beginAccess, dropSpinning, halt, resumeSpinning, returnTo, takeAgain } from './pe.ts'
import { retakeTimer } from './retake.ts'
import { mapStage2, unmapStage2 } from './stage2.ts'
import { initialHardware, isRam, type HardwareState } from './state.ts'

/** From a machine's memory to an error in it, who meets it, what the kernel does about the page, and the way back. */
const handle = dispatch<HardwareState, 'hardware'>('hardware', [
  on(memoryMap, (state, { ranges }, io) => resumeSpinning(mapMemory(state, ranges, io), io)),
  on(routingSet, (state, routing, io) => resumeSpinning({ ...state, routing }, io)),
  on(errorInject, injectError),
  on(addressDecode, (state, { hostPhysical }, io) => [io.answer({ ram: isRam(state, hostPhysical) }), state]),
  on(patrolScrubMessage, (state, { start, end }, io) => patrolScrub(state, start, end, io)),
  on(memoryAccess, beginAccess),
  on(stage2Unmap, (state, range, io) => {
    const unmapped = unmapStage2(state, range, io)
    return [io.answer({}), resumeSpinning(unmapped, io)]
  }),
  on(stage2Map, (state, range, io) => {
    const mapped = mapStage2(state, range, io)
    return [io.answer({}), resumeSpinning(mapped, io)]
  }),
  on(tlbInvalidate, (state, range, io) => {
    const { next, restarted } = dropSpinning(state, range, io)
    return [io.answer({ restarted: [...restarted] }), next]
  }),
  on(exceptionReturn, returnTo),
  on(peHalt, halt),
  on(retakeTimer, takeAgain),
  on(lineRepair, (state, { hostPhysical }, io) => resumeSpinning(repairLine(state, hostPhysical, io), io))
])

/** The machine's PEs and memory. It asks nobody; what it has to say is sent to the level that takes it. */
export const hardwareModel = procedure<HardwareState>('hardware', initialHardware, handle)
