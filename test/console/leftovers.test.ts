import t from 'tap'
import { Leftovers } from '../../services/console/runs/leftovers.ts'
import type { LayerUrls } from '../../services/console/layer-urls.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'

const layers = Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, `http://${layer}`])) as LayerUrls

void t.test('a machine that a service could not delete is deleted again and again, until it is', async (t) => {
  const made: string[] = []
  let isUp = false
  const fetch = (async (url: string) => {
    made.push(url)
    if (!isUp && url.startsWith('http://guest'))
      throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    return Response.json({ existed: true })
  }) as typeof globalThis.fetch
  const planned: (() => void)[] = []
  const later = (call: () => void) => {
    planned.push(call)
    return () => undefined
  }
  const leftovers = new Leftovers({ layers, fetch, later })

  leftovers.add('run-1')
  leftovers.add('run-2')
  t.equal(planned.length, 1, 'one timer for all')
  await leftovers.tidy()
  t.equal(planned.length, 2, 'it is tried again')
  t.ok(leftovers.has('run-1'), 'and no run can begin on it')
  isUp = true
  await leftovers.tidy()
  t.equal(planned.length, 2, 'and no more')
  t.equal(made.length, 4 * MODELLED_LAYERS.length)
  await leftovers.tidy()
  t.equal(made.length, 4 * MODELLED_LAYERS.length)
})
