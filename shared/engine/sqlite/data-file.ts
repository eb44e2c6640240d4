import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Copies a data file with its log to a place of its own, so that looking at it changes nothing. */
export function copied(file: string): { readonly copy: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'seabus-doctor-'))
  const copy = join(folder, basename(file))
  for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end)
  return { copy, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Looks at a copy of a data file. */
export function onCopy<Found>(file: string, look: (db: DatabaseSync) => Found): Found {
  const { copy, remove } = copied(file)
  const db = new DatabaseSync(copy)
  try {
    return look(db)
  } finally {
    db.close()
    remove()
  }
}

/** Gives a damaged file, with what belongs to it, the first name beside it that is free; that is the answer. */
export function putAside(file: string): string {
  let number = 1
  while (existsSync(`${file}.damaged-${number}`)) number++
  const name = `${file}.damaged-${number}`
  for (const end of ['', '-wal', '-shm']) moveIf(file + end, name + end)
  return name
}

export function moveIf(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to)
}
