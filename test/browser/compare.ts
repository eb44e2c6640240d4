import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { idIn, started } from './started.ts'
import { visit } from './visit.ts'

export function compare(t: Test, browser: Browser): void {
  void t.test('two policies on one fault stand side by side, and d leads to where they part', async (t) => {
    const { console, run } = await started(t)
    const [morse, sei] = [idIn(await run('morse')), idIn(await run('sei'))]
    const link = `${console}/#/compare/${morse}/${sei}`
    await visit(t, browser, link, async (page) => {
      const side = (name: string) => page.getByRole('region', { name })
      await side('Left run')
        .getByRole('heading', { name: /^redis was killed by BUS_MCEERR_AR/ })
        .waitFor()
      await side('Right run')
        .getByRole('heading', { name: /^The guest kernel panicked on an SError/ })
        .waitFor()

      const decisive = page.getByRole('list', { name: 'What the policies decided' }).locator('.decisive')
      await decisive.waitFor()
      t.match(await decisive.innerText(), /this decides the outcome[^]*inject-sea[^]*inject-serror/)

      await page.getByRole('button', { name: 'Whole story' }).click()
      await page.getByRole('button', { name: 'Whole story', pressed: true }).waitFor()
      const rows = page.getByRole('table', { name: 'Both runs, row by row' })
      await rows.press('Home')
      await page.keyboard.press('d')
      const first = rows.getByRole('row').filter({ hasText: /^First difference$/ })
      await first.waitFor()
      const place = Number(await first.getAttribute('aria-rowindex'))
      const next = rows.locator(`[role=row][aria-rowindex="${place + 1}"]`)
      t.match(await next.innerText(), /notify-interrupt[^]*ignore/, 'what stands below it is decided otherwise')
      t.ok((await next.locator('mark').allInnerTexts()).some((text) => text.includes('notify-interrupt')))
      const before = rows.locator(`[role=row][aria-rowindex="${place - 1}"]`)
      const halves = await before.locator('.clip').allInnerTexts()
      t.equal(halves.length, 2)
      t.equal(halves[0], halves[1], 'what stands above it is alike')
      await page.reload()
      await side('Right run')
        .getByRole('heading', { name: /^The guest kernel panicked/ })
        .waitFor()
      t.equal(page.url(), link, 'the link leads here again')
    })
  })

  void t.test('two runs of one policy differ in nothing that counts', async (t) => {
    const { console, run } = await started(t)
    const [one, other] = [idIn(await run('morse')), idIn(await run('morse'))]
    await visit(t, browser, `${console}/#/compare/${one}/${other}`, async (page) => {
      await page.getByText('The runs differ in nothing that counts').waitFor()
      t.ok(await page.getByRole('button', { name: 'First difference' }).isDisabled())
    })
  })
}
