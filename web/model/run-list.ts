interface Listed {
  readonly id: string
}

/** Runs that are new or have changed, newest first, put into a list that is known; those that are gone are taken out. */
export function changedList<Run extends Listed>(
  known: readonly Run[],
  changed: readonly Run[],
  gone: readonly string[]
): readonly Run[] {
  if (changed.length === 0 && gone.length === 0) return known
  const now = new Map(changed.map((run) => [run.id, run]))
  const without = new Set(gone)
  const there = new Set(known.map(({ id }) => id))
  const fresh = changed.filter(({ id }) => !there.has(id))
  return [...fresh, ...known.filter(({ id }) => !without.has(id)).map((run) => now.get(run.id) ?? run)]
}
