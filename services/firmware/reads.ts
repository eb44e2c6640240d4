import type { ErrorSourceView } from '../../shared/contracts/firmware.ts'
import { decodeErrorStatusBlock, decodeErrorStatusHeader } from '../../shared/formats/error-status-block.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { decodeSection } from '../../shared/formats/sections.ts'
import { severityName } from '../../shared/formats/severity.ts'
import { readMemory } from '../../shared/formats/sparse-memory.ts'
import { queueOf } from './publish.ts'
import { blockStatus, readWord } from './shared-memory.ts'
import { CARVE_OUT, type ErrorSource, type FirmwareState } from './state.ts'

type Params = Readonly<Record<string, string | undefined>>
/** A plain GET: what it shows of a machine; undefined when there is no such thing. */
export interface Read {
  readonly path: string
  readonly summary: string
  readonly read: (state: FirmwareState, params: Params) => unknown
}
const M = '/v1/machines/:machine'

function showSource(state: FirmwareState, source: ErrorSource): ErrorSourceView {
  const { sourceId, notify, vector, pollIntervalMs, pointer, readAck } = source
  return {
    sourceId,
    notify,
    vector,
    pollIntervalMs,
    version: readAck === undefined ? 1 : 2,
    pointer,
    statusBlock: readWord(state.memory, pointer),
    ...(readAck === undefined
      ? {}
      : { readAckRegister: readAck.register, readAck: readWord(state.memory, readAck.register) }),
    blockStatus: blockStatus(state.memory, source),
    waiting: queueOf(state, source).held.length
  }
}

/** The whole status block as it is now, stale bytes included, and what a reader makes of it. */
function showBlock(state: FirmwareState, source: ErrorSource) {
  const bytes = readMemory(state.memory, source.statusBlock, source.blockLength) ?? new Uint8Array(0)
  const header = decodeErrorStatusHeader(bytes)
  const severity = severityName(header.severity)
  return { address: source.statusBlock, bytes, header, severity, ...sections(bytes, header.dataLength) }
}

function sections(bytes: Uint8Array, dataLength: number) {
  try {
    if (dataLength === 0) return { sections: [] }
    const { entries } = decodeErrorStatusBlock(bytes)
    return {
      sections: entries.map(({ payload, ...entry }) => ({ ...entry, ...decodeSection(entry.sectionType, payload) }))
    }
  } catch (error) {
    if (error instanceof FormatError) return { malformed: error.message }
    throw error
  }
}

function sourceOf(state: FirmwareState, { source }: Params): ErrorSource | undefined {
  return state.sources.find(({ sourceId }) => String(sourceId) === source)
}

export const READS: readonly Read[] = [
  {
    path: M,
    summary: 'Whether firmware runs, its memory and its choice of notifications',
    read: ({ panicked, choice, sources }) => ({
      running: panicked === undefined,
      panicked,
      memory: CARVE_OUT,
      notification: choice,
      sources: sources.length
    })
  },
  {
    path: `${M}/error-sources`,
    summary: 'Every error source with its cells and what waits for it',
    read: (state) => ({ sources: state.sources.map((source) => showSource(state, source)) })
  },
  {
    path: `${M}/error-sources/:source`,
    summary: 'One error source',
    read(state, params) {
      const source = sourceOf(state, params)
      return source === undefined ? undefined : showSource(state, source)
    }
  },
  {
    path: `${M}/error-sources/:source/status-block`,
    summary: 'The error status block of a source, as bytes and decoded',
    read(state, params) {
      const source = sourceOf(state, params)
      return source === undefined ? undefined : showBlock(state, source)
    }
  },
  { path: `${M}/notification`, summary: 'The notification type for each severity', read: ({ choice }) => choice }
]
