import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { MODELS, VERSION } from '../../shared/engine/sqlite/tables.ts'
import { EnvironmentError, portsFromEnv } from '../../shared/service/environment.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/data')
/** Directories whose history is of models that have changed since, and who wrote them. */
const OLD = {
  '0.1.0': 'seabus 0.1.0 (models 1, tables 1)',
  '0.2.0': 'an earlier seabus (models 2, tables 2)',
  'tables-2': 'an earlier seabus (models 2, tables 2)'
} as const

const contents = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => [name, readFileSync(join(directory, name)).toString('base64')])

for (const [name, writer] of Object.entries(OLD)) {
  void t.test(`the data directory ${name} is refused by name and left as it is`, (t) => {
    const fixture = join(FIXTURES, name)
    const data = t.testdir()
    cpSync(fixture, data, { recursive: true })
    for (const layer of MODELLED_LAYERS) {
      t.throws(
        () => portsFromEnv(layer, { SEABUS_DATA: data, SEABUS_LOG: 'silent' }),
        new EnvironmentError(
          `SEABUS_DATA=${data} cannot be used: ${layer}.sqlite was written by ${writer}; ` +
            `this seabus has models ${MODELS} and tables ${VERSION} and cannot play its history again. The file is left as it is: ` +
            `name another directory, run the seabus that wrote it, or have it as text by "npx seabus doctor --data ${data} --export"`
        )
      )
    }
    t.same(contents(data), contents(fixture))
    t.end()
  })
}
