import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { idIn, started } from './started.ts'
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
        const [other, address] = [idIn(await run('morse')), await run('sei')]
        await visit(t, browser, console, (page) => viewsAreClean(t, page, console, { run: address, other }), {
          theme,
          size
        })
      })
    }
  }
}

interface Viewed {
  /** The address of a run. */
  readonly run: string
  /** The id of another of the same fault. */
  readonly other: string
}

async function viewsAreClean(t: Test, page: Page, console: string, { run, other }: Viewed): Promise<void> {
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
  await page.goto(`${console}/#/compare/${other}/${idIn(run)}`)
  await page.getByRole('list', { name: 'What the policies decided' }).waitFor()
  await clean('compare')
  await page.goto(`${console}/#/matrix`)
  await page.getByRole('grid', { name: 'How each scenario ends' }).waitFor()
  await clean('matrix')
  await page.goto(`${console}/#/machine/m0`)
  await page.getByText('machine m0').waitFor()
  await clean('machine')
}
