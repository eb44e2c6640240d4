import { BERT_SIGNATURE } from '../bert.ts'
import { readText } from '../bytes.ts'
import { isCperRecord } from '../cper-record.ts'
import { ERROR_STATUS_HEADER_SIZE, decodeErrorStatusHeader, errorStatusLength } from '../error-status-block.ts'
import { HEST_SIGNATURE } from '../hest.ts'
import type { FieldKind } from './fields-of.ts'

/**
 * What bytes that somebody reads or writes in memory are: a table or a CPER record by its signature, a status block by
 * its length, which is what its header says, or by being a header alone. Else they are memory and no more is known.
 */
export function memoryKind(bytes: Uint8Array): FieldKind {
  const signature = readText(bytes, 0, 4)
  if (signature === HEST_SIGNATURE) return 'hest'
  if (signature === BERT_SIGNATURE) return 'bert'
  if (isCperRecord(bytes)) return 'cper-record'
  if (bytes.length < ERROR_STATUS_HEADER_SIZE) return 'memory'
  if (bytes.length === ERROR_STATUS_HEADER_SIZE) return 'error-status-header'
  const header = decodeErrorStatusHeader(bytes)
  return header.blockStatus !== 0 && errorStatusLength(header) === bytes.length ? 'error-status-block' : 'memory'
}
