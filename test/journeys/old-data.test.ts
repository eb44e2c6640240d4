import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { EnvironmentError, portsFromEnv } from '../../shared/service/environment.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/data/0.1.0')

const contents = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => [name, readFileSync(join(directory, name)).toString('base64')])

void t.test('a data directory of version 0.1.0 is refused by name and left as it is', (t) => {
  const data = t.testdir()
  cpSync(FIXTURE, data, { recursive: true })
  for (const layer of MODELLED_LAYERS) {
    t.throws(
      () => portsFromEnv(layer, { SEABUS_DATA: data, SEABUS_LOG: 'silent' }),
      new EnvironmentError(
        `SEABUS_DATA=${data} cannot be used: ${layer}.sqlite was written by seabus 0.1.0 (models 1, tables 1); ` +
          'this seabus has models 2 and tables 2 and cannot play its history again. The file is left as it is: ' +
          `name another directory, run the seabus that wrote it, or have it as text by "npx seabus doctor --data ${data} --export"`
      )
    )
  }
  t.same(contents(data), contents(FIXTURE))
  t.end()
})
