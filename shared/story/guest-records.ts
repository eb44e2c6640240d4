import { ghesValidated } from '../contracts/notes/kernel-steps-apei.ts'
import { recordWritten } from '../contracts/notes/vmm-errors.ts'
import type { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'

interface Written {
  readonly vm: string
  readonly source: number
  readonly guestPhysical?: string
}

/** The records that VMMs have written for their guests, and which of them an entry tells of. */
export class GuestRecords {
  readonly #byCause = new Map<string, Written>()
  /** What a guest found last before each time that it looked by itself, by what made it look. */
  readonly #found = new Map<string, Written>()

  constructor(journal: readonly WireEntry[]) {
    const latest = new Map<string, Written>()
    for (const { kind, type, cause = '', data } of journal) {
      if (kind !== 'note') continue
      if (type === recordWritten.type) {
        const written = data as Written
        this.#byCause.set(cause, written)
        latest.set(keyOf(written), written)
      } else if (type === 'guest.step') {
        const step = data as { vm: string; name: string; data: { source: number } }
        const written = latest.get(keyOf({ vm: step.vm, source: step.data.source }))
        if (step.name === ghesValidated.name && written !== undefined) this.#found.set(cause, written)
      }
    }
  }

  /** The guest physical address in the record that an entry tells a guest of. */
  addressFor(entry: WireEntry, causes: Causes): string | undefined {
    for (const one of [entry, ...causes.ancestors(entry)]) {
      const written = one.from === 'vmm' ? this.#byCause.get(one.cause ?? '') : undefined
      if (written !== undefined) return written.guestPhysical
    }
    // Nobody tells a guest that polls.
    return this.#found.get(entry.id)?.guestPhysical
  }
}

const keyOf = ({ vm, source }: Pick<Written, 'vm' | 'source'>): string => `${vm} ${source}`
