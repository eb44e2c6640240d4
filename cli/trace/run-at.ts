import type { WrittenRun } from '../../shared/drawing/written-run.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { askConsole } from '../console/ask-console.ts'

/** The id of a run in its address, at the API or on the page: `…/v1/runs/ID`, `…/#/run/ID`. */
export const runIdIn = (url: string): string | undefined => /\/runs?\/([^/?#&]+)/.exec(url)?.[1]

/** A run that a console has kept. Throws UsageError when it has no such run, and ServiceDown when nobody is there. */
export async function runAt(front: string, id: string): Promise<WrittenRun> {
  const path = `/v1/runs/${encodeURIComponent(id)}`
  const { name } = (await (await askConsole(front, path)).json()) as { readonly name?: unknown }
  const lines = await (await askConsole(front, `${path}/journal`)).text()
  const journal: readonly WireEntry[] = entriesIn(lines)
  return { journal, ...(typeof name === 'string' ? { title: name } : {}), further: 0 }
}
