import { decodeCperRecord, encodeCperRecord } from '../../shared/formats/cper-record.ts'
import type { CperSection } from '../../shared/formats/cper-section.ts'
import { SECTION_FLAG } from '../../shared/formats/error-data-entry.ts'
import { decodeSection, encodeSection } from '../../shared/formats/sections.ts'
import { bodyRows } from './section-rows.ts'
import { differences, theirsOf, type Difference, type Row } from './theirs.ts'

export interface Compared {
  readonly differences: readonly Difference[]
  /** Names of section types whose bodies are bytes to us, so that nothing in them is compared. */
  readonly bytesOnly: readonly string[]
}

const descriptor = (section: CperSection): readonly Row[] => [
  [section.body.length, 'sectionLength'],
  [section.revision >> 8, 'revision.major'],
  [section.revision & 0xff, 'revision.minor'],
  [section.sectionType, 'sectionType.data'],
  [section.fruId, 'fruID'],
  [section.severity, 'severity.code'],
  [(section.flags & SECTION_FLAG.primary) !== 0, 'flags.primary'],
  [(section.flags & SECTION_FLAG.containmentWarning) !== 0, 'flags.containmentWarning'],
  [(section.flags & SECTION_FLAG.reset) !== 0, 'flags.reset'],
  [(section.flags & SECTION_FLAG.thresholdExceeded) !== 0, 'flags.errorThresholdExceeded'],
  [(section.flags & SECTION_FLAG.resourceNotAccessible) !== 0, 'flags.resourceNotAccessible'],
  [(section.flags & SECTION_FLAG.latentError) !== 0, 'flags.latentError'],
  [(section.flags & SECTION_FLAG.propagated) !== 0, 'flags.propagated'],
  [(section.flags & SECTION_FLAG.overflow) !== 0, 'flags.overflow']
]

/**
 * Holds what our codecs read in a UEFI CPER record against the JSON that libcper makes of it, and that what they read
 * comes back. Throws FormatError for bytes that our codecs refuse.
 */
export function compareRecord(bytes: Uint8Array, json: string): Compared {
  const theirs = theirsOf(json)
  const record = decodeCperRecord(bytes)
  const found: Difference[] = []
  const header: readonly Row[] = [
    [bytes.length, 'recordLength'],
    [record.sections.length, 'sectionCount'],
    [record.severity, 'severity.code'],
    [record.creatorId, 'creatorID'],
    [record.notificationType, 'notificationType.guid'],
    [record.recordId, 'recordID'],
    [record.flags, 'flags.value'],
    [record.persistenceInformation, 'persistenceInfo']
  ]
  found.push(...differences(theirs, 'header.', header))
  if (!same(encodeCperRecord(record), bytes)) found.push(changed('the record'))

  const bytesOnly: string[] = []
  for (const [i, section] of record.sections.entries()) {
    found.push(...differences(theirs, `sectionDescriptors.${i}.`, descriptor(section)))
    const decoded = decodeSection(section.sectionType, section.body)
    if (!same(encodeSection(decoded), section.body)) found.push(changed(`section ${i}`))
    const body = bodyRows(decoded, section.body.length)
    if (body !== undefined) {
      found.push(...differences(theirs, `sections.${i}.${body.name}.`, body.rows))
    } else if (theirs(`sections.${i}.Unknown.data`) !== undefined) {
      const data = Buffer.from(section.body).toString('base64')
      found.push(...differences(theirs, `sections.${i}.Unknown.`, [[data, 'data']]))
    } else {
      bytesOnly.push(theirs(`sectionDescriptors.${i}.sectionType.type`) ?? section.sectionType)
    }
  }
  return { differences: found, bytesOnly }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

const changed = (what: string): Difference => ({
  path: `${what}, decoded and encoded again`,
  ours: 'other bytes',
  theirs: undefined
})
