import { dirname, join } from 'node:path'

const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g

/** Source files by their path from the root. */
export type Sources = ReadonlyMap<string, string>

function importersOf(sources: Sources): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>()
  for (const [file, source] of sources) {
    for (const [, specifier = ''] of source.matchAll(IMPORT)) {
      const target = join(dirname(file), specifier)
      const known = importers.get(target)
      if (known === undefined) importers.set(target, [file])
      else known.push(file)
    }
  }
  return importers
}

const isTest = (file: string) => file.endsWith('.test.ts')

/**
 * For each module the tests nearest to it: those that import it, or else those that import what imports it, and so on.
 * Of the sources the tests must be some.
 */
export function createTestsOf(sources: Sources): (file: string) => readonly string[] {
  const importers = importersOf(sources)
  return (file) => {
    const seen = new Set([file])
    for (let ring = [file]; ring.length > 0;) {
      const next = [...new Set(ring.flatMap((one) => importers.get(one) ?? []))].filter((one) => !seen.has(one))
      const tests = next.filter(isTest)
      if (tests.length > 0) return tests.toSorted()
      for (const one of next) seen.add(one)
      ring = next
    }
    return []
  }
}
