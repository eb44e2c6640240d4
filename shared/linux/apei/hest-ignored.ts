import { LENGTH_OFFSET } from '../../formats/acpi-table.ts'
import { viewOf } from '../../formats/bytes.ts'
import { GHES_TYPE, GHES_V2_TYPE, ghesSourceAt, NO_RELATED_SOURCE, type GhesSource } from '../../formats/ghes-source.ts'
import { NOTIFICATION_SIZE, NOTIFY } from '../../formats/hest-notification.ts'
import { hestSourceName, walkHest } from '../../formats/hest.ts'

/** Something of a HEST that says something and that nobody reads. */
export interface Ignored {
  readonly source?: number
  readonly what: string
}

/** Notifications whose interrupt comes through PNP0C33: the vector is AML's business. */
const THROUGH_HED: readonly number[] = [NOTIFY.SCI, NOTIFY.GPIO, NOTIFY.GSIV]

const FIELDS: readonly {
  readonly unread: (source: GhesSource) => boolean
  readonly what: (source: GhesSource) => string
}[] = [
  { unread: ({ enabled }) => enabled === 0, what: () => 'the source is disabled' },
  {
    unread: ({ notification }) => notification.length !== undefined,
    what: ({ notification }) => `Notify Length is ${notification.length}, not ${NOTIFICATION_SIZE}: 28 bytes are used`
  },
  {
    unread: ({ relatedSourceId }) => relatedSourceId !== NO_RELATED_SOURCE,
    what: ({ relatedSourceId }) => `Related Source Id ${relatedSourceId}`
  },
  {
    unread: ({ notification }) => notification.type !== NOTIFY.polled && notification.pollInterval !== 0,
    what: ({ notification }) => `Poll Interval ${notification.pollInterval} of a source that is not polled`
  },
  {
    unread: ({ notification }) => THROUGH_HED.includes(notification.type) && notification.vector !== 0,
    what: ({ notification }) => `Vector ${notification.vector}: the event device's AML decides`
  },
  {
    unread: ({ notification }) => notification.configurationWriteEnable !== 0,
    what: () => 'Configuration Write Enable'
  },
  {
    unread: ({ notification: n }) =>
      n.switchToPollingThresholdValue !== 0 || n.errorThresholdValue !== 0 || n.switchToPollingThresholdWindow !== 0,
    what: () => 'thresholds'
  }
]

/**
 * What of a HEST no rule of the kernel looks at, though it is there: bytes behind Length, sources that the count leaves
 * out, sources that are none of GHES, and fields without a reader.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/hest.c, apei_hest_parse (walks by error_source_count); ghes.c, ghes_probe
 * (which fields of struct acpi_hest_generic and acpi_hest_notify are read).
 * Fidelity: omits how much a source preallocates and how many sections it has at most, which firmware always fills in.
 */
export function hestIgnored(table: Uint8Array): readonly Ignored[] {
  if (table.length < 40) return []
  const length = viewOf(table).getUint32(LENGTH_OFFSET)
  const ignored: Ignored[] = []
  let end = 40
  for (const { type, size = 0, fits, bytes } of walkHest(table)) {
    if (!fits) return ignored
    end += size
    if (type === GHES_TYPE || type === GHES_V2_TYPE) {
      const source = ghesSourceAt(bytes, 0)
      for (const { unread, what } of FIELDS) {
        if (unread(source)) ignored.push({ source: source.sourceId, what: what(source) })
      }
    } else {
      ignored.push({
        source: viewOf(bytes).getUint16(2),
        what: `${hestSourceName(type) ?? type}: GHES does not use it`
      })
    }
  }
  const counted = Math.min(length, table.length)
  if (end < counted) ignored.push({ what: `${counted - end} bytes behind the sources that the count names` })
  if (length < table.length) ignored.push({ what: `${table.length - length} bytes behind Length` })
  return ignored
}
