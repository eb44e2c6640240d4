import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FormatError } from '../../shared/formats/format-error.ts'
import { bytesOf } from '../formats/hex.ts'
import { compareRecord } from './compare-record.ts'

/**
 * `npm run compare:libcper DIR`: our codecs beside openbmc/libcper, on records that we do not have. For each NAME.json in
 * DIR, which libcper has made, NAME.cperhex (hex digits) or NAME.bin is the record. Exits 0 when nothing differs but what
 * libcper is known to read wrong, 1 when something does, 2 when there is nothing to compare.
 */
const [folder, ...more] = process.argv.slice(2)
if (folder === undefined || more.length > 0 || !existsSync(folder)) {
  console.error(
    'npm run compare:libcper DIR: a folder with records, NAME.cperhex or NAME.bin, and NAME.json of libcper'
  )
  process.exit(2)
}

function bytesFor(name: string): Uint8Array | undefined {
  const at = join(String(folder), name)
  if (existsSync(`${at}.cperhex`)) return bytesOf(readFileSync(`${at}.cperhex`, 'utf8'))
  return existsSync(`${at}.bin`) ? Uint8Array.from(readFileSync(`${at}.bin`)) : undefined
}

let compared = 0
let differing = 0
const known = new Map<string, number>()
const bytesOnly = new Map<string, number>()
const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)

for (const file of readdirSync(folder).toSorted()) {
  if (!file.endsWith('.json')) continue
  const name = file.slice(0, -'.json'.length)
  const bytes = bytesFor(name)
  if (bytes === undefined) continue
  compared++
  try {
    const result = compareRecord(bytes, readFileSync(join(folder, file), 'utf8'))
    for (const one of result.bytesOnly) add(bytesOnly, one)
    const unknown = result.differences.filter((one) => one.known === undefined)
    for (const { path, known: why } of result.differences) {
      if (why !== undefined) add(known, `${path.replaceAll(/\.\d+\./g, '.*.')}: ${why}`)
    }
    if (unknown.length > 0) differing++
    for (const { path, ours, theirs } of unknown) {
      console.log(`${name}: ${path}: ours ${ours ?? 'none'}, libcper's ${theirs ?? 'none'}`)
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    differing++
    console.log(`${name}: refused: ${error.message}`)
  }
}

for (const [what, count] of known) console.log(`${count} times known of libcper: ${what}`)
for (const [what, count] of bytesOnly) console.log(`${count} times not compared: ${what} is bytes to us`)
console.log(`${compared} records, ${differing} differ`)
process.exit(compared === 0 ? 2 : differing === 0 ? 0 : 1)
