import type { Layer } from '../../shared/contracts/layer.ts'

/** What a newcomer does with curl, done with fetch. */

/** A run's report, as far as the tests look at it. */
export interface Report {
  machine: string
  outcome: {
    host: string
    guest: string
    avoidablePanic: boolean
    silentCorruption: boolean
    livelock: boolean
    tasks: Record<string, string>
    signals: string[]
  }
}

interface JournalLine {
  layer: Layer
  id: string
  type: string
}

/** Walks the story under a built-in policy and gives the report. */
export async function runStory(
  consoleUrl: string,
  story: 'morse' | 'sei',
  more: { keep?: boolean } = {}
): Promise<Report> {
  const response = await fetch(`${consoleUrl}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ story, ...more }),
    signal: AbortSignal.timeout(60_000)
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST /v1/runs: ${response.status} ${text}`)
  return JSON.parse(text) as Report
}

/** The merged journal up to now. */
export async function readJournal(consoleUrl: string, machine?: string): Promise<JournalLine[]> {
  const query = machine === undefined ? '' : `?machine=${machine}`
  const response = await fetch(`${consoleUrl}/v1/journal${query}`, { signal: AbortSignal.timeout(60_000) })
  const text = await response.text()
  if (!response.ok) throw new Error(`GET /v1/journal: ${response.status} ${text}`)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine)
}

export const isHealthy = async (serviceUrl: string): Promise<boolean> =>
  fetch(`${serviceUrl}/health`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false
  )
