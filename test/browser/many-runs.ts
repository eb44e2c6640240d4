import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { keepRuns } from './kept-runs.ts'
import { started } from './started.ts'
import { elementsIn, visit } from './visit.ts'

const RUNS = 2000
/** The page never holds more of them. */
const MOST_ELEMENTS = 2000

export function manyRuns(t: Test, browser: Browser): void {
  void t.test('of two thousand runs only those in sight are elements, wherever one scrolls', async (t) => {
    const data = t.testdir()
    keepRuns(data, RUNS)
    const { console } = await started(t, { data })
    await visit(t, browser, console, async (page) => {
      await page.getByText(`${RUNS} of ${RUNS}`).waitFor()
      const list = page.getByRole('list', { name: 'Runs, newest first' })
      const elements = [await elementsIn(page)]

      await list.press('End')
      await page.getByText('run (1)').waitFor()
      elements.push(await elementsIn(page))
      await list.press('Home')
      await page.getByText(`run (${RUNS})`).waitFor()
      elements.push(await elementsIn(page))
      t.ok(Math.max(...elements) < MOST_ELEMENTS, elements.join(', '))
      t.ok((await list.getByRole('listitem').count()) < 100)

      await page.getByLabel('Filter runs').fill('(77)')
      await page.getByText(`1 of ${RUNS}`).waitFor()
      await page.getByText('run (77)').waitFor()
    })
  })

  void t.test('a run with all of its details shown holds no more elements than one without', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      await page.getByText('✓ as the file expects').waitFor()
      const rows = page.getByRole('treegrid')
      const before = Number(await rows.getAttribute('aria-rowcount'))
      await page.getByRole('button', { name: 'Everything' }).click()
      await page.getByRole('button', { name: 'Everything', pressed: true }).waitFor()
      const after = Number(await rows.getAttribute('aria-rowcount'))
      t.ok(after > 2 * before, `${after} rows instead of ${before}`)
      t.ok((await rows.getByRole('row').count()) < 100)
      t.ok((await elementsIn(page)) < MOST_ELEMENTS)
    })
  })
}
