import { signal } from '@preact/signals'
import { tell } from './notice.ts'
import { goTo } from './route.ts'

export interface GivenBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The file that was dropped or chosen last, until somebody takes it. */
export const given = signal<GivenBytes | undefined>(undefined)

/** No record, table or scenario is larger. */
const MOST_BYTES = 1024 * 1024

/** Reads a file, and leads to where it is shown. */
export async function giveFile(file: File): Promise<void> {
  if (file.size > MOST_BYTES) return tell(`${file.name} has more than ${MOST_BYTES} bytes: it is not read`)
  try {
    given.value = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }
    goTo({ view: 'runs' })
  } catch (error) {
    tell(`${file.name} cannot be read: ${(error as Error).message}`)
  }
}

/** Takes files that are dropped anywhere on the page; called once. */
export function takeDrops(): void {
  addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault()
  })
  addEventListener('drop', (event) => {
    const files = event.dataTransfer?.files
    const file = files?.[0]
    if (file === undefined) return
    event.preventDefault()
    if (files !== undefined && files.length > 1) tell(`only the first of ${files.length} files is taken`)
    void giveFile(file)
  })
}
