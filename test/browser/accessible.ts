import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { violations } from './violations.ts'
import { DESK, PHONE, visit } from './visit.ts'

export function accessible(t: Test, browser: Browser): void {
  for (const theme of ['light', 'dark'] as const) {
    for (const [where, size] of [
      ['on a desk', DESK],
      ['on a phone', PHONE]
    ] as const) {
      void t.test(`axe has nothing against any view, ${theme} and ${where}, and nothing sticks out`, async (t) => {
        const { console, run } = await started(t)
        const address = await run('sei')
        await visit(t, browser, console, (page) => viewsAreClean(t, page, console, address), { theme, size })
      })
    }
  }
}

async function viewsAreClean(t: Test, page: Page, console: string, run: string): Promise<void> {
  const clean = async (view: string) => {
    t.strictSame(await violations(page), [], view)
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    t.ok(over <= 0, `${view}: the page is ${over} px wider than its window`)
  }
  await page.locator('.run-line').first().waitFor()
  await clean('runs')
  await page.goto(run)
  await page.getByText('✓ as the file expects').waitFor()
  await clean('run')
  await page
    .getByRole('button', { name: /^Export/ })
    .or(page.locator('summary'))
    .first()
    .click()
  await clean('export')
  await page.getByRole('row', { name: /Record in the status block/ }).click()
  await page.getByRole('tree').waitFor()
  await clean('message')
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await clean('keys')
  await page.keyboard.press('Escape')
}
