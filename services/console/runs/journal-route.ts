import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { closed } from '../../../shared/contracts/common.ts'
import { plainText } from '../../../shared/contracts/plain-text.ts'
import { linesRoute } from '../../../shared/service/lines-route.ts'
import { journalOperation } from '../../../shared/service/describing/lines-operation.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import { textLine } from '../../../shared/trace/journal-text.ts'
import type { LayerUrls } from '../layer-urls.ts'
import { queryReader } from '../requests.ts'
import { followRun } from './follow-run.ts'
import type { RunReading } from './run-reading.ts'
import type { Runs } from './runs.ts'

export const RunJournalQuery = closed({
  follow: Type.Optional(
    Type.Enum(['yes', 'no', 'true', 'false'], { description: 'go on until the run is over', default: 'no' })
  )
})

export interface RunJournalPorts {
  readonly layers: LayerUrls
  readonly fetch: typeof globalThis.fetch
  /** So many may read at a time. */
  readonly readers: number
}

/** `GET /v1/runs/:id/journal`: all that happened in a run, in causal order, also after its machine is gone. */
export function runJournalRoute(app: FastifyInstance, runs: Runs, reading: RunReading, ports: RunJournalPorts): void {
  const readQuery = queryReader(RunJournalQuery)
  const schema = journalOperation({
    id: 'readRunJournal',
    summary: 'The journal of a run, in causal order',
    tags: ['console'],
    params: Type.Object({ id: Type.String() }),
    querystring: RunJournalQuery,
    refuses: ['run-unknown', 'neighbour-unreachable', 'neighbour-refused', 'storage-failed', 'journal-incomplete']
  })
  linesRoute<{ readonly id: string; readonly follows: boolean }>(app, {
    url: '/v1/runs/:id/journal',
    readers: ports.readers,
    schema,
    read(query, { id = '' }) {
      const { follow = 'no' } = readQuery(query as Record<string, string>)
      reading.summary(id)
      return { id, follows: follow === 'yes' || follow === 'true' }
    },
    async open({ id, follows }, isText) {
      const line = isText ? textOf : jsonOf
      const begun = follows ? runs.underWay(id) : undefined
      if (begun !== undefined) return followRun(begun, ports, line)
      return Readable.from((await reading.journal(id)).map(line).filter((one) => one !== ''))
    }
  })
}

const jsonOf = (entry: WireEntry) => plainText(`${JSON.stringify(entry)}\n`)

function textOf(entry: WireEntry): string {
  const text = textLine(entry)
  return text === '' ? '' : plainText(`${text}\n`)
}
