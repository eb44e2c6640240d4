import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { COUNT, DECAYS, idsOf, row, written } from '../engine/decays.ts'
import { doctorCommand } from '../../cli/actions/doctor.ts'
import { ran } from '../support/commands.ts'

const SEABUS = join(import.meta.dirname, '../../cli/seabus.ts')
const exported = (data: string) => ran(process.execPath, [SEABUS, 'doctor', '--data', data, '--export'])
const OLD = join(import.meta.dirname, '../fixtures/data/0.1.0')

const machineOf = (id: string) => row(Number(id.slice(3))).machine
const listOf = (data: string) =>
  readdirSync(data).map((name) => [name, readFileSync(join(data, name)).toString('base64')] as const)

void t.test('a sound directory is said to be sound, and is left as it is', async (t) => {
  for (const end of ['killed', 'closed'] as const) {
    const data = written(t, end)
    const before = listOf(data)
    const { output, exitCode } = await doctorCommand({ data }, [])
    t.equal(exitCode, 0)
    t.match(
      output,
      /hardware\.sqlite: sound: 40 rows of 2 machines, until 2026-01-01T00:00:40\.000Z, written by seabus 0/
    )
    t.strictSame(listOf(data), before)
  }
})

for (const { name, end, decay } of DECAYS) {
  void t.test(`${name}: that is told, and what is sound is kept`, async (t) => {
    const data = written(t, end)
    decay(data)
    const before = listOf(data)
    const told = await doctorCommand({ data }, [])
    t.equal(told.exitCode, 1)
    t.match(told.output, /DAMAGED/)
    const lines = told.output.split('\n')
    t.equal(new Set(lines).size, lines.length, 'nothing is said twice')
    t.strictSame(listOf(data), before, 'looking changes nothing')

    const { output } = await doctorCommand({ data, salvage: true }, [])
    const isLost = /nothing of it can be salvaged: move it and hardware\.head away/.test(output)
    t.equal(told.output.includes('--salvage keeps what is sound'), !isLost, 'salvage is recommended where it helps')
    if (isLost) {
      t.notMatch(output, /sound: 0 rows/)
      t.strictSame(listOf(data), before)
      return
    }
    const kept = idsOf(data)
    for (const machine of ['m0', 'm1']) {
      const of = kept.filter((id) => machineOf(id) === machine)
      const all = Array.from({ length: COUNT }, (_, i) => `id-${i + 1}`).filter((id) => machineOf(id) === machine)
      t.strictSame(of, all.slice(0, of.length), `${machine} up to a point, with nothing missing before it`)
    }
    t.match((await doctorCommand({ data }, [])).output, /sound/)
    const original = join(data, 'hardware.sqlite.damaged-1')
    t.equal(
      existsSync(original),
      before.some(([file]) => file === 'hardware.sqlite'),
      'the original is beside it'
    )
  })
}

void t.test('a digit that has changed costs the rows behind it of its own machine only', async (t) => {
  const data = written(t, 'closed')
  DECAYS[0]?.decay(data)
  const { output } = await doctorCommand({ data, salvage: true }, [])

  t.match(output, /m0: 7 rows kept, 23 left out/)
  t.notMatch(output, /m1: \d+ rows kept/)
  const kept = idsOf(data)
  t.equal(kept.filter((id) => machineOf(id) === 'm1').length, 10)
  const store = sqliteStore(data, 'hardware')
  t.strictSame([...store.delivered()], [], 'marks of what was cut off hold no more')
  t.ok(store.forgotten.lost > 0, 'readers are told that something is gone')
  store.close()
})

void t.test('a data directory of version 0.1.0 is told by its version, and can be had as text', async (t) => {
  const data = t.testdir()
  cpSync(OLD, data, { recursive: true })
  const { output } = await doctorCommand({ data }, [])
  t.match(output, /vmm\.sqlite was written by seabus 0\.1\.0/)

  const { stdout, code } = await exported(data)
  t.equal(code, 0)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  t.ok(lines.some(({ layer, what, type }) => layer === 'hardware' && what === 'row' && type === 'error.inject'))
  t.ok(lines.some(({ what, receiver }) => what === 'delivered' && typeof receiver === 'string'))
})

void t.test('whatever can be read of a damaged file can be had as text', async (t) => {
  const data = written(t, 'closed')
  DECAYS[0]?.decay(data)
  const { stdout } = await exported(data)
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { what: string; seq?: number; data?: { hostPhysical?: string } })
    .filter(({ what }) => what === 'row')
  t.equal(rows.length, COUNT)
  t.match(rows[9], { seq: 10, data: { hostPhysical: '0x7a00100b' } })
})

void t.test('a directory in use, none and an empty one are mistakes of the caller', async (t) => {
  const data = t.testdir({ empty: {} })
  const store = sqliteStore(data, 'vmm')
  await t.rejects(doctorCommand({ data }, []), /vmm\.sqlite is in use; stop its service first/)
  store.close()
  await t.rejects(doctorCommand({ data: join(data, 'empty') }, []), /there is no data of seabus/)
  await t.rejects(doctorCommand({ data: join(data, 'nowhere') }, []), /is no directory/)
  await t.rejects(doctorCommand({ data, salvage: true, export: true }, []), /not both/)
})

void t.test('a layer that has lost both its files is named beside those that have theirs', async (t) => {
  const data = written(t, 'closed')
  t.equal((await doctorCommand({ data }, [])).exitCode, 0, 'one layer alone is kept by itself')
  sqliteStore(data, 'vmm').close()

  const { output, exitCode } = await doctorCommand({ data }, [])

  t.equal(exitCode, 1)
  t.match(output, /^policy: NOTHING HERE, though the others have kept 2 machines/m)
  t.notMatch(output, /^(vmm|hardware): NOTHING/m)
})
