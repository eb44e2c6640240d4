import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import { hex } from '../../shared/formats/hex.ts'
import type { memoryWatch } from '../../shared/contracts/firmware.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { memoryChanged } from '../../shared/contracts/host-kernel.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { readMemory } from '../../shared/sparse/memory.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { CARVE_OUT, type FirmwareState } from './state.ts'

const WORD = 4

/**
 * The OS wants to be told when a word it polls is not zero any more: at once, if that is so already.
 *
 * Spec: ours; stands for the polls of an OS that find nothing.
 * Fidelity: exact for what the OS finds and when; the polls in between are left out.
 */
export function watchMemory(
  state: FirmwareState,
  { hostPhysical }: DataOf<typeof memoryWatch>,
  io: Answering<typeof memoryWatch>
): readonly [Said, FirmwareState] {
  if (readMemory(state.memory, hostPhysical, WORD) === undefined) {
    const owned = `${hex(CARVE_OUT.start)} to ${hex(CARVE_OUT.end)}`
    io.refuse('address-outside-memory', `${hex(hostPhysical)} is not in firmware's ${owned}`, '/hostPhysical')
  }
  const others = state.watched.filter((one) => one !== hostPhysical)
  requireRoomFor('watchedWords', others.length, io, '/hostPhysical')
  const watched = [...others, hostPhysical]
  return [io.answer({}), { ...state, watched }]
}

/** Tells of every watched word that is not zero, once. */
export function tellWatchers(state: FirmwareState, io: Io): FirmwareState {
  const changed = state.watched.filter((hostPhysical) => {
    const word = readMemory(state.memory, hostPhysical, WORD)
    return word !== undefined && viewOf(word).getUint32(0) !== 0
  })
  if (changed.length === 0) return state
  for (const hostPhysical of changed) io.send(memoryChanged, { hostPhysical })
  return { ...state, watched: state.watched.filter((one) => !changed.includes(one)) }
}
