import { errorInterrupt } from '../../shared/contracts/firmware.ts'
import { lineRepaired, memoryRemoved, scrubDone } from '../../shared/contracts/notes/hardware.ts'
import type { Io } from '../../shared/model/io.ts'
import { requireRam } from './error-inject.ts'
import { errorAt, errorsIn, isPoison, withoutError } from './error-lines.ts'
import { ADDRESS_LIMIT, PAGE_SIZE } from '../../shared/sparse/page-map.ts'
import { rasRecord } from './ras-node.ts'
import { isRam, type HardwareState, type RamRange } from './state.ts'

/** Sets what is RAM. Refuses ranges that are empty, overlap, are not whole pages or lie above 48 bits. */
export function mapMemory(state: HardwareState, ranges: readonly RamRange[], io: Io): HardwareState {
  ranges.forEach(({ start, end }, i) => {
    if (start % PAGE_SIZE !== 0n || end % PAGE_SIZE !== 0n) {
      io.refuse('range-invalid', 'RAM comes in whole 4 KiB pages', `/ranges/${i}`)
    }
    if (start >= end || end > ADDRESS_LIMIT) {
      io.refuse('range-invalid', 'a range ends behind its start and within 48 bits', `/ranges/${i}`)
    }
    const other = ranges.findIndex((range, k) => k < i && range.start < end && start < range.end)
    if (other !== -1) io.refuse('range-invalid', `the range overlaps range ${other}`, `/ranges/${i}`)
  })
  const mapped = { ...state, ram: ranges }
  const gone = errorsIn(state, 0n, ADDRESS_LIMIT).filter(({ hostPhysical }) => !isRam(mapped, hostPhysical))
  if (gone.length > 0) {
    io.note(memoryRemoved, { errors: gone.length, because: 'their lines are not RAM any more' })
  }
  return gone.reduce((next, { hostPhysical }) => withoutError(next, hostPhysical), mapped)
}

/** The line of an address holds good data again. Refuses an address outside of RAM. */
export function repairLine(state: HardwareState, hostPhysical: bigint, io: Io): HardwareState {
  requireRam(state, hostPhysical, io)
  io.note(lineRepaired, { hostPhysical, heldAnError: errorAt(state, hostPhysical) !== undefined })
  return withoutError(state, hostPhysical)
}

/**
 * The patrol scrubber reads every line of a range, corrects what can be corrected and tells of each error once.
 *
 * Spec: Arm DDI 0587 (RAS), error detection without consumption: deferred errors and the fault handling interrupt.
 * Fidelity: approximates. A whole range in one instant; one interrupt for each line, none coalesce.
 */
export function patrolScrub(state: HardwareState, start: bigint, end: bigint, io: Io): HardwareState {
  if (start >= end || end > ADDRESS_LIMIT) {
    io.refuse('range-invalid', 'a range ends behind its start and within 48 bits', '/end')
  }
  if (!state.ram.some((range) => range.start < end && start < range.end)) {
    io.refuse('address-outside-memory', 'none of the range is RAM of this machine', '/start')
  }
  const found = errorsIn(state, start, end)
  for (const error of found) {
    io.because(error.plantedBy)
    io.send(errorInterrupt, { record: rasRecord(error, 'deferred') })
  }
  io.because()
  io.note(scrubDone, { start, end, errors: found.length })
  return found
    .filter((error) => !isPoison(error))
    .reduce((next, { hostPhysical }) => withoutError(next, hostPhysical), state)
}
