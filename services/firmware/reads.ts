import { ErrorSources, Firmware, NotificationChoice, StatusBlock } from '../../shared/contracts/reads/firmware.ts'
import { closed, SourceId } from '../../shared/contracts/common.ts'
import { ErrorSourceView, type ErrorSourceView as Source } from '../../shared/contracts/firmware.ts'
import {
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  ERROR_STATUS_HEADER_SIZE,
  errorDataEntries,
  type PlacedEntry
} from '../../shared/formats/error-status-block.ts'
import { faultOf, type Fault } from '../../shared/formats/format-error.ts'
import { readSection } from '../../shared/formats/sections.ts'
import { severityName } from '../../shared/formats/severity.ts'
import { readMemory } from '../../shared/sparse/memory.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { queueOf } from './publish.ts'
import { blockStatus, readWord } from './shared-memory.ts'
import { CARVE_OUT, type ErrorSource, type FirmwareState } from './state.ts'

const M = '/v1/machines/:machine'

function showSource(state: FirmwareState, source: ErrorSource): Source {
  const { sourceId, notify, vector, pollIntervalMs, pointer, readAck } = source
  return {
    sourceId,
    notify,
    vector,
    pollIntervalMs,
    version: readAck === undefined ? 1 : 2,
    pointer,
    statusBlock: readWord(state.memory, pointer, source.pointerBytes),
    ...(readAck === undefined
      ? {}
      : {
          readAckRegister: readAck.register,
          readAck: readWord(state.memory, readAck.register, readAck.bytes),
          ...(readAck.doorbell ? { doorbell: true } : {})
        }),
    blockStatus: blockStatus(state.memory, source),
    waiting: queueOf(state, source).held.length
  }
}

/** The whole status block as it is now, stale bytes included. */
function blockBytes({ memory }: FirmwareState, { statusBlock, blockLength }: ErrorSource): Uint8Array | undefined {
  return readMemory(memory, statusBlock, Math.max(blockLength, ERROR_STATUS_HEADER_SIZE))
}

/** What a reader makes of a status block: what it can read, and where it cannot, the rule that is broken. */
function showBlock(bytes: Uint8Array) {
  const header = decodeErrorStatusHeader(bytes)
  const sections = errorDataEntries(bytes, header).entries.map(showSection)
  return { header, severity: severityName(header.severity), sections, ...malformed(bytes), bytes }
}

/** The rule for which nobody takes the block as a whole. */
function malformed(bytes: Uint8Array): { readonly malformed?: Fault } {
  try {
    decodeErrorStatusBlock(bytes)
    return {}
  } catch (error) {
    return { malformed: faultOf(error) }
  }
}

function showSection({ entry: { payload, ...entry }, payloadAt }: PlacedEntry) {
  const section = readSection(entry.sectionType, payload)
  if (!('fault' in section)) return { ...entry, ...section }
  const { fault, ...rest } = section
  return { ...entry, ...rest, malformed: { ...fault, offset: payloadAt + fault.offset } }
}

function sourceOf(state: FirmwareState, { source }: Readonly<Record<string, unknown>>): ErrorSource | undefined {
  return state.sources.find(({ sourceId }) => sourceId === source)
}

const ONE_SOURCE = { params: closed({ source: SourceId }), example: { source: 3 }, missing: 'source-unknown' } as const

/** What can be read of a machine's firmware. */
export const READS: readonly ReadRoute<FirmwareState>[] = [
  {
    id: 'getFirmware',
    path: `${M}/firmware`,
    reply: Firmware,
    summary: 'Whether firmware runs, its memory and its choice of notifications',
    read: ({ panicked, choice, profile, sources }) => ({
      running: panicked === undefined,
      panicked,
      profile,
      memory: CARVE_OUT,
      notification: choice,
      sources: sources.length
    })
  },
  {
    id: 'listErrorSources',
    path: `${M}/error-sources`,
    reply: ErrorSources,
    summary: 'Every error source with its cells and what waits for it',
    read: (state) => ({ sources: state.sources.map((source) => showSource(state, source)) })
  },
  {
    id: 'getErrorSource',
    path: `${M}/error-sources/:source`,
    reply: ErrorSourceView,
    summary: 'One error source',
    ...ONE_SOURCE,
    read(state, asked) {
      const source = sourceOf(state, asked)
      return source === undefined ? undefined : showSource(state, source)
    }
  },
  {
    id: 'getStatusBlock',
    path: `${M}/error-sources/:source/status-block`,
    reply: StatusBlock,
    summary: 'The error status block of a source, as bytes or decoded',
    ...ONE_SOURCE,
    read(state, asked) {
      const source = sourceOf(state, asked)
      return source === undefined ? undefined : blockBytes(state, source)
    },
    json: showBlock
  },
  {
    id: 'getNotificationChoice',
    path: `${M}/notification`,
    reply: NotificationChoice,
    summary: 'The notification type for each severity',
    read: ({ choice }) => choice
  }
]
