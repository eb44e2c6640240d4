import { fieldsOf } from '../../shared/formats/fields/fields-of.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { NO_RELATED_SOURCE, type GhesSource } from '../../shared/formats/ghes-source.ts'
import { NOTIFY, NOTIFY_NAME } from '../../shared/formats/hest-notification.ts'
import { decodeHest, hestSourceName, isGhes, type HestSource } from '../../shared/formats/hest.ts'
import { hex } from '../../shared/formats/hex.ts'
import { fieldTree } from '../bytes/field-tree.ts'
import { hexDump } from '../bytes/hex-dump.ts'
import { toJson } from '../bytes/json-value.ts'
import { nameOf, readBytes } from '../bytes/read-bytes.ts'
import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'

/** `seabus hest`: the sources of a table, or all of its fields. */
export function hestCommand(values: Values, [file]: readonly string[]): Done {
  const bytes = readBytes(file)
  const format = text(values['format']) ?? 'sources'
  const isSound = fieldsOf('hest', bytes).problems.length === 0
  return {
    output: told(bytes, format, file, values['all'] === true),
    exitCode: isSound ? EXIT.asExpected : EXIT.notAsExpected
  }
}

function told(bytes: Uint8Array, format: string, file: string | undefined, all: boolean): string {
  if (format === 'hexdump') return hexDump(bytes)
  const map = fieldsOf('hest', bytes)
  if (format === 'tree') return fieldTree(map, { all })
  try {
    const hest = decodeHest(bytes)
    if (format === 'json') return JSON.stringify(toJson({ ...hest, problems: map.problems }), undefined, 2)
    const count = `${hest.sources.length} ${hest.sources.length === 1 ? 'source' : 'sources'}, OEM ${hest.oemId.trim()}`
    return [count, ...hest.sources.map(sourceLine)].join('\n')
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(`${nameOf(file)}: ${error.message}`)
    throw error
  }
}

function sourceLine(source: HestSource, index: number): string {
  const name = hestSourceName(source.type) ?? `type ${source.type}`
  if (!isGhes(source)) return `${String(index).padStart(3)}  ${name}`
  return [`${String(index).padStart(3)}  ${name} ${source.sourceId}`, ...parts(source)].join(', ')
}

function parts(source: GhesSource): readonly string[] {
  const { enabled, relatedSourceId, notification, errorStatusAddress, errorStatusBlockLength, readAck } = source
  const { type, vector, pollInterval } = notification
  const detail =
    type === NOTIFY.polled
      ? ` every ${pollInterval} ms`
      : [NOTIFY.GSIV, NOTIFY.external, NOTIFY.SDEI].includes(type as never)
        ? ` ${vector}`
        : ''
  return [
    `${NOTIFY_NAME[type] ?? `notification ${type}`}${detail}`,
    `block of ${errorStatusBlockLength} bytes, its address at ${hex(errorStatusAddress.address)}`,
    ...(readAck === undefined ? [] : [`read ack at ${hex(readAck.register.address)}`]),
    ...(enabled === 0 ? ['disabled'] : []),
    ...(relatedSourceId === NO_RELATED_SOURCE ? [] : [`related to ${relatedSourceId}`])
  ]
}
