import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore, storedOf } from '../store-sqlite.ts'
import { moveIf, putAside } from './data-file.ts'
import { foreignRefusal } from './snapshots.ts'
import type { Examined } from './examine.ts'

/** Positions of the journal are never given twice: how many the lost rows may have had beyond those that are known. */
const MARGIN = 10_000

/** What a salvage has kept of a machine, and what it has left out. */
export interface Salvaged {
  readonly machine: string
  readonly kept: number
  readonly left: number
}

/**
 * Writes a new file with what is sound of a damaged one, each machine up to its last sound row, and puts the damaged one
 * beside it. Gives its new name. Throws when the file says nothing of itself, or has a snapshot of another version.
 */
export function salvage(
  directory: string,
  { layer, file, meta, foreign, head, machines, last }: Examined
): { readonly original: string; readonly machines: readonly Salvaged[] } {
  if (meta === undefined) throw new Error(`${file} does not say what it is: nothing can be salvaged`)
  if (foreign !== undefined) throw new Error(foreignRefusal(file, directory, foreign))
  const folder = mkdtempSync(join(directory, '.salvage-'))
  try {
    const told = write(folder, { layer, meta, machines, last: Math.max(head.last, last) + MARGIN })
    const original = putAside(file)
    moveIf(join(directory, `${layer}.head`), `${original}.head`)
    for (const name of [`${layer}.sqlite`, `${layer}.head`]) renameSync(join(folder, name), join(directory, name))
    return { original, machines: told }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(
  folder: string,
  {
    layer,
    meta,
    machines,
    last
  }: Pick<Examined, 'layer' | 'machines' | 'last'> & { meta: { readonly epochMs: number } }
): readonly Salvaged[] {
  const store = sqliteStore(folder, layer, meta.epochMs)
  // Readers of the journal are told that something of it is gone.
  store.forget('', last)
  // Marks are left out: those of what is lost would hold for what is sent later. What they say is delivered is sent again,
  // and dropped as a repeat.
  for (const { snapshot } of machines.values()) if (snapshot !== undefined) store.snapshot(snapshot)
  const told = [...machines].map(([machine, { sound, unsound }]) => ({ machine, kept: sound.length, left: unsound }))
  const rows = [...machines.values()].flatMap(({ sound }) => sound).sort((a, b) => a.seq - b.seq)
  for (const row of rows) store.append(storedOf(row))
  store.flush()
  store.close()
  return told
}
