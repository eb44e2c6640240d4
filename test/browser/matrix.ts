import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { elementsIn, visit } from './visit.ts'

const MOST_ELEMENTS = 2000
/** Names of the scenarios that are elements now. */
const TITLES = `[...document.querySelectorAll('.matrix tbody th[title]')].map((head) => head.title)`

export function matrix(t: Test, browser: Browser): void {
  void t.test('arrows lead through the heat map, and Enter opens the run of a cell as the matrix has it', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, `${console}/#/matrix`, async (page) => {
      const here = page.locator('td[role=gridcell][tabindex="0"]')
      await here.focus()
      t.equal(await here.getAttribute('aria-label'), 'process killed')
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      await page.locator('td[role=gridcell]:focus[aria-label="avoidable panic"]').waitFor()
      const card = page.getByRole('complementary', { name: 'Cell' })
      t.match(await card.innerText(), /avoidable panic[^]*told by SEA[^]*reference, policy sei/)

      await page.keyboard.press('Enter')

      await page.waitForURL(/#\/run\//)
      await page.getByRole('heading', { name: /^The guest kernel panicked on an SError/ }).waitFor()
      await page.getByRole('region', { name: 'Verdict' }).getByText('avoidable panic').first().waitFor()
    })
  })

  void t.test(
    'of all rows only those in sight are elements, wherever the focus goes, and no row is lost',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, `${console}/#/matrix`, async (page) => {
        await page.getByRole('button', { name: /^All \d+/ }).click()
        const count = Number(/\d+/.exec(await page.getByRole('button', { name: /^All/ }).innerText())?.[0])
        t.ok(count >= 128, `${count} scenarios`)
        const elements = [await elementsIn(page)]
        await page.locator('td[role=gridcell][tabindex="0"]').focus()
        const seen = new Set<string>()
        for (let presses = 0; presses <= count; presses += 10) {
          await page.locator('td[role=gridcell]:focus').waitFor()
          for (const name of await page.evaluate<readonly string[]>(TITLES)) seen.add(name)
          elements.push(await elementsIn(page))
          await page.keyboard.press('PageDown')
        }
        t.equal(seen.size, count, 'each scenario has been in sight')
        t.ok(Math.max(...elements) < MOST_ELEMENTS, elements.join(', '))
        const sums = await page.locator('.sum-bar').first().getAttribute('aria-label')
        const total = [...(sums ?? '').matchAll(/\d+/g)].reduce((sum, [number]) => sum + Number(number), 0)
        t.equal(total, count, `the sums of a column: ${sums}`)
      })
    }
  )
}
