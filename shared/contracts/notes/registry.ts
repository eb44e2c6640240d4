import type { Layer } from '../layer.ts'
import { FIRMWARE_NOTES } from './firmware.ts'
import { GUEST_NOTES } from './guest.ts'
import { HARDWARE_NOTES } from './hardware.ts'
import { HOST_KERNEL_NOTES } from './host-kernel.ts'
import type { NoteType } from './note.ts'
import { GUEST_STEPS, HOST_STEPS } from './steps.ts'
import { VMM_ERROR_NOTES } from './vmm-errors.ts'
import { VMM_LIFE_NOTES } from './vmm-life.ts'

/** Every note, by the layer that notes it. A policy is asked and answers; what it thinks is in its answer. */
export const NOTES: Readonly<Record<Layer, readonly NoteType[]>> = {
  hardware: HARDWARE_NOTES,
  firmware: FIRMWARE_NOTES,
  'host-kernel': [...HOST_KERNEL_NOTES, ...HOST_STEPS],
  vmm: [...VMM_LIFE_NOTES, ...VMM_ERROR_NOTES],
  policy: [],
  guest: [...GUEST_NOTES, ...GUEST_STEPS],
  console: []
}

/** The step of a kernel, which tells notes of one type apart; undefined where the type alone does. */
export const stepIn = (data: unknown): string | undefined => {
  const { type, name } = (data ?? {}) as { readonly type?: unknown; readonly name?: unknown }
  return type === 'step' && typeof name === 'string' ? name : undefined
}

/** A note by its type and, for the step of a kernel, its name. */
export const noteName = (type: string, data: unknown): string => {
  const step = stepIn(data)
  return step === undefined ? type : `${type} ${step}`
}

const BY_NAME = new Map(
  Object.values(NOTES)
    .flat()
    .map((note) => [noteName(note.type, note.example), note] as const)
)

/** The row of a note, by its name; undefined when there is none. */
export function noteType(type: string, data: unknown): NoteType | undefined {
  return BY_NAME.get(noteName(type, data))
}
