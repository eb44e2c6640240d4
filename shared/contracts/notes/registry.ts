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

/** What tells notes of one type apart, where a type alone does not. */
const nameIn = (data: unknown): string => {
  const { type, name } = (data ?? {}) as { readonly type?: unknown; readonly name?: unknown }
  return type === 'step' && typeof name === 'string' ? ` ${name}` : ''
}

const BY_KEY = new Map(
  Object.values(NOTES)
    .flat()
    .map((note) => [`${note.type}${nameIn(note.example)}`, note] as const)
)

/** The row of a note, by its type and, for the step of a kernel, its name; undefined when there is none. */
export function noteType(type: string, data: unknown): NoteType | undefined {
  return BY_KEY.get(`${type}${nameIn(data)}`)
}
