import { statusBlockOf } from '../../shared/formats/container.ts'
import { encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { fieldsOf } from '../../shared/formats/fields/fields-of.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { fieldTree } from '../bytes/field-tree.ts'
import { hexDump } from '../bytes/hex-dump.ts'
import { toJson, type Json } from '../bytes/json-value.ts'
import { nameOf, readBytes, readText } from '../bytes/read-bytes.ts'
import { recordJson, recordOf } from '../bytes/record-json.ts'
import { setField, unsetField } from '../bytes/set-field.ts'
import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'

/** `seabus cper decode`: what a record says, and which rules it breaks. */
export function decodeCommand(values: Values, [file]: readonly string[]): Done {
  const bytes = readBytes(file)
  if (values['to'] === 'qmp') return { output: named(file, () => qmpOf(bytes)), exitCode: EXIT.asExpected }
  const output = named(file, () => told(bytes, text(values['format']) ?? 'tree', values['all'] === true))
  const isSound = fieldsOf('error-record', bytes).problems.length === 0
  return { output, exitCode: isSound ? EXIT.asExpected : EXIT.notAsExpected }
}

/** `seabus cper encode`: the bytes that JSON stands for. */
export function encodeCommand(values: Values, [file]: readonly string[]): Done {
  const bytes = named(file, () => recordOf(jsonIn(file)))
  return delivered(bytes, text(values['format']) ?? 'bytes')
}

/** `seabus cper edit`: a record with some of its fields set. */
export function editCommand(values: Values, [file]: readonly string[]): Done {
  const { set = [], unset = [] } = values as { readonly set?: readonly string[]; readonly unset?: readonly string[] }
  if (set.length + unset.length === 0)
    throw new UsageError('seabus cper edit: --set FIELD=VALUE or --unset FIELD says what')
  const bytes = named(file, () => {
    const record = recordJson(readBytes(file))
    const changed = unset.reduce((json, path) => unsetField(json, path), record)
    return recordOf(set.reduce((json, one) => setField(json, one), changed))
  })
  return delivered(bytes, text(values['format']) ?? 'bytes')
}

function delivered(bytes: Uint8Array, format: string): Done {
  if (format === 'bytes') return { output: '', bytes, exitCode: EXIT.asExpected }
  return { output: told(bytes, format), exitCode: EXIT.asExpected }
}

function told(bytes: Uint8Array, format: string, all = false): string {
  if (format === 'json') return JSON.stringify(recordJson(bytes), undefined, 2)
  if (format === 'hexdump') return hexDump(bytes)
  const map = fieldsOf('error-record', bytes)
  return format === 'fields' ? JSON.stringify(toJson(map), undefined, 2) : fieldTree(map, { all })
}

/** As QMP's schema has it since QEMU 10.2: the record is a status block in base64. */
function qmpOf(bytes: Uint8Array): string {
  const cper = Buffer.from(encodeErrorStatusBlock(statusBlockOf(bytes))).toString('base64')
  return JSON.stringify({ execute: 'inject-ghes-v2-error', arguments: { cper } })
}

function jsonIn(file: string | undefined): Json {
  try {
    return JSON.parse(readText(file)) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`it is not JSON: ${error.message}`)
    throw error
  }
}

/** Does what may find a mistake in a file, and names the file then. */
function named<T>(file: string | undefined, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof FormatError || error instanceof UsageError) {
      const { message } = error
      throw new UsageError(message.startsWith(nameOf(file)) ? message : `${nameOf(file)}: ${message}`)
    }
    throw error
  }
}
