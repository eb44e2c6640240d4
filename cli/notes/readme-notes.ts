import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { by } from '../../shared/contracts/caption.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { KERNEL_STEPS } from '../../shared/contracts/notes/steps.ts'
import { NOTES } from '../../shared/contracts/notes/registry.ts'
import type { NoteType } from '../../shared/contracts/notes/note.ts'

/** Writes the tables of notes into the READMEs of the services; a test holds them to the contracts. */

/** Services that leave notes. */
export const NOTING: readonly Layer[] = ['hardware', 'firmware', 'host-kernel', 'vmm', 'guest']

const [START, END] = ['<!-- notes: node cli/notes/readme-notes.ts -->', '<!-- end of notes -->'] as const

const isStep = ({ type }: NoteType) => type === 'host.step' || type === 'guest.step'
const cell = (text: string): string => (text.split('\n')[0] ?? '').replaceAll('|', '\\|')

function row(name: string, { level, loud, says }: Pick<NoteType, 'level' | 'loud' | 'says'>, example: unknown): string {
  return `| \`${name}\` | ${by(loud, example) ?? by(level, example)} | ${cell(says(example))} |`
}

/** The section about a layer's notes. The steps of a kernel are the same in both kernels; the host's README has them. */
export function notesSection(layer: Layer): string {
  const notes = NOTES[layer].filter((note) => !isStep(note)).map((note) => row(note.type, note, note.example))
  const steps = KERNEL_STEPS.map((step) => row(step.name, step, step.example))
  return [
    START,
    '| note | level | as the narrative has it |',
    '| --- | --- | --- |',
    ...notes,
    ...(layer === 'host-kernel'
      ? [
          '',
          'Steps of a kernel that leave no line in Linux are notes `host.step` and `guest.step`, with a `name`:',
          '',
          '| name | level | as the narrative has it |',
          '| --- | --- | --- |',
          ...steps
        ]
      : []),
    END
  ].join('\n')
}

export const readmeOf = (layer: Layer): string =>
  fileURLToPath(new URL(`../../services/${layer}/README.md`, import.meta.url))

/** A README with its section as it must be. Throws when it has none. */
export function withNotes(text: string, layer: Layer): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`services/${layer}/README.md has no section ${START}`)
  return text.slice(0, start) + notesSection(layer) + text.slice(end + END.length)
}

if (import.meta.main) {
  for (const layer of NOTING) {
    const file = readmeOf(layer)
    writeFileSync(file, withNotes(readFileSync(file, 'utf8'), layer))
  }
}
