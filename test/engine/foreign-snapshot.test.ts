import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { doctorCommand } from '../../cli/actions/doctor.ts'
import { SNAPSHOT_FORM } from '../../shared/engine/snapshot.ts'
import { exportLines } from '../../shared/engine/sqlite/export.ts'
import { MODELS } from '../../shared/engine/sqlite/tables.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { EnvironmentError, portsFromEnv } from '../../shared/service/environment.ts'
import { row } from './decays.ts'
import { makeForeign } from './foreign-snapshot.ts'

/** Rows of two machines, and in place of those of the first a snapshot. */
function written(data: string): void {
  const store = sqliteStore(data, 'hardware')
  for (let i = 1; i <= 8; i++) store.append(row(i))
  store.flush()
  store.snapshot({ machine: 'm0', form: SNAPSHOT_FORM, place: 17, last: 17, time: 8e9, text: '{"state":1}' })
  store.close()
}
const contents = (data: string) =>
  readdirSync(data)
    .filter((name) => /\.(sqlite|head)$/.test(name))
    .map((name) => [name, readFileSync(join(data, name)).toString('base64')])

const FOREIGN = [
  ['by models before these', { models: MODELS - 1 }, MODELS - 1, SNAPSHOT_FORM],
  ['by models to come', { models: MODELS + 1 }, MODELS + 1, SNAPSHOT_FORM],
  ['in another form by these models', { form: SNAPSHOT_FORM + 1 }, MODELS, SNAPSHOT_FORM + 1]
] as const

for (const [what, other, models, form] of FOREIGN) {
  void t.test(`a snapshot that was taken ${what} is refused by name, with the way out`, async (t) => {
    const data = t.testdir()
    written(data)
    makeForeign(data, 'hardware', 'm0', other)
    const before = contents(data)
    const refusal =
      `hardware.sqlite has a snapshot of m0 that another seabus took (models ${models}, form ${form}); this seabus has models ` +
      `${MODELS} and form ${SNAPSHOT_FORM} and cannot go on from it. The file is left as it is: name another directory, run the ` +
      `seabus that wrote it, or have it as text by "npx seabus doctor --data ${data} --export"`

    t.throws(
      () => portsFromEnv('hardware', { SEABUS_DATA: data, SEABUS_LOG: 'silent' }),
      new EnvironmentError(`SEABUS_DATA=${data} cannot be used: ${refusal}`)
    )
    for (const salvage of [false, true]) {
      const { output } = await doctorCommand({ data, salvage }, [])
      t.equal(output, `${join(data, 'hardware.sqlite')}: ${refusal}`)
    }
    t.strictSame(contents(data), before)

    const lines = [...exportLines(data, 'hardware')].map((line) => JSON.parse(line) as Record<string, unknown>)
    t.match(
      lines.filter(({ what: kind }) => kind === 'snapshots'),
      [{ machine: 'm0', models, form, text: { state: 1 } }]
    )
    t.equal(lines.filter(({ what: kind }) => kind === 'row').length, 2)
  })
}

void t.test('with the models and the form of today the same file opens', (t) => {
  const data = t.testdir()
  written(data)
  makeForeign(data, 'hardware', 'm0', { models: MODELS, form: SNAPSHOT_FORM })
  const store = sqliteStore(data, 'hardware')
  t.equal([...store.snapshots()].length, 1)
  t.equal([...store.inputs()].length, 2)
  store.close()
  t.end()
})

void t.test('what is damaged beside is told too, and nothing of another version is salvaged', async (t) => {
  const data = t.testdir()
  written(data)
  makeForeign(data, 'hardware', 'm0', { models: MODELS - 1 })
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(join(data, 'hardware.sqlite'))
  db.exec(`UPDATE log SET data = replace(data, 'xxx', 'xyx')`)
  db.close()
  const before = contents(data)

  const { output, exitCode } = await doctorCommand({ data, salvage: true }, [])
  t.equal(exitCode, 1)
  t.match(output, /a snapshot of m0 that another seabus took/)
  t.match(output, /DAMAGED/)
  t.match(output, /not salvaged: .*another seabus took/)
  t.strictSame(contents(data), before)
})
