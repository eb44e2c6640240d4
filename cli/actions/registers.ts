import { fieldsOf } from '../../shared/formats/fields/fields-of.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { encodeSiginfo, SIGBUS, SIGBUS_CODE_NAME, SIGINFO_SIZE, type Siginfo } from '../../shared/formats/siginfo.ts'
import { fieldTree } from '../bytes/field-tree.ts'
import { hexDump } from '../bytes/hex-dump.ts'
import { toJson } from '../bytes/json-value.ts'
import { nameOf, readBytes } from '../bytes/read-bytes.ts'
import { syndromeBytes } from '../bytes/syndrome.ts'
import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'
import { known } from '../known.ts'

/** Addresses have 64 bits, and si_addr_lsb is one of them. */
const LARGEST_LSB = 63

/** `seabus esr`: syndromes, field by field. */
export function esrCommand(values: Values, words: readonly string[]): Done {
  const maps = words.map((word) => fieldsOf('esr', syndromeBytes('seabus esr', word)))
  const output =
    values['format'] === 'json'
      ? JSON.stringify(toJson(maps.length === 1 ? maps[0] : maps), undefined, 2)
      : maps.map((map) => fieldTree(map, { all: true })).join('\n\n')
  return { output, exitCode: EXIT.asExpected }
}

/** `seabus siginfo`: a siginfo_t, field by field; or the one of a memory error, made. */
export function siginfoCommand(values: Values, [file]: readonly string[]): Done {
  const code = text(values['code'])
  if (code !== undefined && file !== undefined) throw new UsageError('seabus siginfo: --code makes one, a file has one')
  if (code === undefined && (values['address'] ?? values['lsb']) !== undefined) {
    throw new UsageError('seabus siginfo: --address and --lsb are for --code')
  }
  const bytes = code === undefined ? givenSiginfo(file) : madeSiginfo(code, values)
  return { ...told(bytes, text(values['format']) ?? 'tree'), exitCode: EXIT.asExpected }
}

function told(bytes: Uint8Array, format: string): Pick<Done, 'output' | 'bytes'> {
  if (format === 'bytes') return { output: '', bytes }
  if (format === 'hexdump') return { output: hexDump(bytes) }
  const map = fieldsOf('siginfo', bytes)
  return { output: format === 'json' ? JSON.stringify(toJson(map), undefined, 2) : fieldTree(map) }
}

function givenSiginfo(file: string | undefined): Uint8Array {
  const bytes = readBytes(file)
  if (bytes.length >= SIGINFO_SIZE) return bytes
  throw new UsageError(`${nameOf(file)}: a siginfo_t takes ${SIGINFO_SIZE} bytes, found ${bytes.length}`)
}

function madeSiginfo(name: string, values: Values): Uint8Array {
  const codes = new Map([...SIGBUS_CODE_NAME].map(([number, word]) => [word, number]))
  known('si_code', name, [...codes.keys()])
  const address = text(values['address'])
  const lsb = text(values['lsb'])
  if (address !== undefined && !/^(0x[0-9a-f]+|\d+)$/i.test(address)) {
    throw new UsageError(`seabus siginfo: --address ${address}: a number such as 0xffff90000000`)
  }
  if (lsb !== undefined && !(/^\d+$/.test(lsb) && Number(lsb) <= LARGEST_LSB)) {
    throw new UsageError(`seabus siginfo: --lsb ${lsb}: a bit of an address, 0 to ${LARGEST_LSB}`)
  }
  const info: Siginfo = {
    signo: SIGBUS,
    code: codes.get(name) ?? 0,
    ...(address === undefined ? {} : { address: BigInt(address) }),
    ...(lsb === undefined ? {} : { addressLsb: Number(lsb) })
  }
  try {
    return encodeSiginfo(info)
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(`seabus siginfo: ${error.rule} (--address, --lsb)`)
    throw error
  }
}
