import { join } from 'node:path'
import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { decay } from './decays.ts'
import { nothingFound } from './found.ts'

const KINDS = 11

void t.test('every decay of what was kept is noticed, of a bit too unless nothing is kept there', (t) => {
  const data = join(t.testdir({ data: {} }), 'data')
  for (const layer of MODELLED_LAYERS) {
    const store = sqliteStore(data, layer, 0)
    for (let i = 1; i <= 20; i++) {
      store.append({
        form: 'wire',
        machine: `m${i % 2}`,
        id: `id-${i}`,
        type: 'error.inject',
        from: 'outside',
        cause: undefined,
        time: i,
        data: { text: 'x'.repeat(300) }
      })
      store.flush()
    }
    store.close()
  }
  const found = nothingFound()
  decay(data, { seed: 1, count: 2 * KINDS }, found)

  t.strictSame(found.wrongs, [])
  t.equal(
    [...found.faults.values()].reduce((sum, count) => sum + count, 0),
    2 * KINDS * MODELLED_LAYERS.length
  )
  t.equal(found.faults.get('the file is gone'), 2 * MODELLED_LAYERS.length)
  t.end()
})
