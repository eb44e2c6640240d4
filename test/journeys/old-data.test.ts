import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { shortHash } from '../support/golden.ts'
import { services } from '../support/services.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/data/0.1.0')

void t.test('a data directory of version 0.1.0 opens, with all that it kept', async (t) => {
  const data = t.testdir()
  cpSync(FIXTURE, data, { recursive: true })
  const { urls, system } = await services(t, { machines: [], data })

  const hashes: Record<string, string> = {}
  for (const layer of MODELLED_LAYERS) {
    const text = await (await fetch(`${urls[layer]}/v1/journal`)).text()
    const entries = text.split('\n').filter((line) => line !== '')
    hashes[layer] = shortHash(entries.map((line) => JSON.parse(line) as WireEntry))
  }
  const file = join(FIXTURE, 'journals.json')
  if (process.env['SEABUS_GOLDEN'] === 'write') writeFileSync(file, `${JSON.stringify(hashes, null, 1)}\n`)
  t.same(hashes, JSON.parse(readFileSync(file, 'utf8')))

  t.match(outcomeOf(await system.journal('run-mwwkk54v-1')), {
    guest: 'running',
    tasks: { redis: 'killed', nginx: 'completed' }
  })
  t.match(outcomeOf(await system.journal('run-mwwkk54v-2')), { guest: 'panicked', avoidablePanic: true })
})
