import type { TSchema } from 'typebox'
import type { Wired } from '../wired.ts'
import { closed, VmName } from '../common.ts'
import { by } from '../caption.ts'
import type { Layer } from '../layer.ts'
import { stepData, stepFields, type KernelStep } from './kernel-step.ts'
import { APEI_STEPS } from './kernel-steps-apei.ts'
import { MM_STEPS } from './kernel-steps-mm.ts'
import { note, type NoteType } from './note.ts'

/** The steps of both kernels as notes: `host.step` and `guest.step`, told apart by their `name`. */
export const KERNEL_STEPS: readonly KernelStep[] = [...APEI_STEPS, ...MM_STEPS]

/** What a kernel notes a step as; what is told of it is the step's own affair. */
export const hostStep = note({
  type: 'host.step',
  layer: 'host-kernel',
  level: 'detail',
  data: closed(stepFields),
  says: ({ name }) => name,
  example: { type: 'step', name: 'ghes.cleared', data: { source: 3, block: '0x3f004040' } }
})
export const guestStep = note({
  type: 'guest.step',
  layer: 'guest',
  level: 'detail',
  data: closed({ vm: VmName, ...stepFields }),
  says: ({ name }) => name,
  example: { vm: 'vm0', type: 'step', name: 'ghes.cleared', data: { source: 0, block: '0x43da0030' } }
})

/** One note for each step that a kernel can take, as readers see it. */
export const HOST_STEPS = KERNEL_STEPS.map((step) => stepNote(step, 'host.step', 'host-kernel', {}, {}))
export const GUEST_STEPS = KERNEL_STEPS.map((step) =>
  stepNote(step, 'guest.step', 'guest', { vm: VmName }, { vm: 'vm0' })
)

function stepNote(
  step: KernelStep,
  type: string,
  layer: Layer,
  rest: Readonly<Record<string, TSchema>>,
  example: object
): NoteType {
  const inner = (data: unknown) => (data as { readonly data: Wired<unknown> }).data
  const { level, mark, loud, rule } = step
  return {
    type,
    layer,
    level: (data) => by(level, inner(data)),
    mark: (data) => by(mark ?? 'note', inner(data)),
    loud: (data) => by(loud, inner(data)),
    rule: (data) => by(rule, inner(data)),
    says: (data) => step.says(inner(data)),
    data: stepData(step, rest),
    example: { ...example, type: 'step', name: step.name, data: step.example }
  }
}
