import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, NO_RELATED_SOURCE, type GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { encodeHest, walkHest } from '../../shared/formats/hest.ts'
import { installHest } from '../../services/firmware/install-hest.ts'
import { needs, ran } from '../support/commands.ts'

const withIasl = await needs('iasl', 'Debian: acpica-tools')

async function iasl(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ran('iasl', args, cwd)
  if (code !== 0) throw new Error(`iasl ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout + stderr
}

const common = {
  relatedSourceId: NO_RELATED_SOURCE,
  flags: 0,
  enabled: 1,
  recordsToPreallocate: 1,
  maxSectionsPerRecord: 1,
  maxRawDataLength: 0x1000,
  errorStatusBlockLength: 0x1000
}
const SOURCES: readonly GhesSource[] = [
  {
    ...common,
    type: GHES_V2_TYPE,
    sourceId: 0,
    errorStatusAddress: memoryRegister(0x43da0000n),
    notification: hestNotification(NOTIFY.SEA),
    readAck: { register: memoryRegister(0x43da0010n), preserve: ~1n & 0xffffffffffffffffn, write: 1n }
  },
  {
    ...common,
    type: GHES_TYPE,
    sourceId: 0x17,
    errorStatusAddress: memoryRegister(0x8_43da0008n),
    notification: hestNotification(NOTIFY.SDEI, { vector: 804 })
  }
]

void t.test('iasl reads our HEST without a complaint and finds what we put in', withIasl, async (t) => {
  const dir = t.testdir({})
  const header = {
    revision: 1,
    oemId: 'SEABUS',
    oemTableId: 'MODEL   ',
    oemRevision: 1,
    creatorId: 'SEAB',
    creatorRevision: 1
  }
  writeFileSync(join(dir, 'hest.dat'), encodeHest({ ...header, sources: SOURCES }))

  const said = await iasl(dir, '-d', 'hest.dat')
  const text = readFileSync(join(dir, 'hest.dsl'), 'utf8')

  const values = (field: string): string[] =>
    [...text.matchAll(new RegExp(`^\\[.*\\] +${field} : ([0-9A-F]+)`, 'gm'))].map((match) => match[1] ?? '')
  t.notMatch(said, /^(error|warning)/im)
  t.notMatch(said + text, /\*\*\*\*|invalid|unknown|incorrect|past end/i)
  t.strictSame(values('Subtable Type'), ['000A', '0009'])
  t.strictSame(values('Source Id'), ['0000', '0017'])
  t.strictSame(values('Notify Type'), ['08', '0B'])
  t.strictSame(values('Vector'), ['00000000', '00000324'])
  t.strictSame(values('Address'), ['0000000043DA0000', '0000000043DA0010', '0000000843DA0008'])
  t.strictSame(values('Read Ack Preserve'), ['FFFFFFFFFFFFFFFE'])
})

void t.test('the source sizes are those of the template that iasl compiles', withIasl, async (t) => {
  const dir = t.testdir({})
  await iasl(dir, '-T', 'HEST')
  await iasl(dir, 'hest.asl')

  const table = readFileSync(join(dir, 'hest.aml'))
  // The template has more sources than its count says, so count what its source text has.
  const sources = readFileSync(join(dir, 'hest.asl'), 'utf8').match(/Subtable Type :/g)?.length ?? 0
  table.writeUInt32LE(sources, 36)
  const steps = [...walkHest(table)]

  t.equal(steps.length, sources)
  t.ok(steps.every(({ fits }) => fits))
  const last = steps.at(-1)
  t.equal((last?.offset ?? 0) + (last?.size ?? 0), table.length, 'the walk ends with the table')
})

void t.test('the template that iasl compiles is walked by its count, and so it has no GHES', withIasl, async (t) => {
  const dir = t.testdir({})
  await iasl(dir, '-T', 'HEST')
  await iasl(dir, 'hest.asl')
  const table = readFileSync(join(dir, 'hest.aml'))

  const { report } = installHest(table)

  t.match(report, { sources: [], linux: { hest: 'enabled' } })
  t.match(report.ignored.at(-1)?.what, /bytes behind the sources that the count names/)
})
