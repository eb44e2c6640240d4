import t from 'tap'
import { fuzz } from './fuzz.ts'

const FEW = 2000

void t.test('whatever comes, a service answers by its contract, and all are well afterwards', async (t) => {
  const { defects, wrong, links, deleted } = await fuzz(t, { first: 1, count: FEW })

  t.strictSame(
    defects.map(({ seed, layer, attempt, says }) => `${seed}: ${layer} ${attempt.method} ${attempt.path}: ${says}`),
    []
  )
  t.strictSame(wrong, [])
  t.ok(links > 0)
  for (const [what, count] of Object.entries(deleted)) t.ok(count > 0, `a ${what} was deleted`)
})
