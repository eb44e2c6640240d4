import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { services } from '../support/services.ts'
import { restartable } from './restartable.ts'
import { ran } from './started.ts'
import { visit } from './visit.ts'

export function offline(t: Test, browser: Browser): void {
  void t.test('a console that goes away and comes back is noticed both times, and what was shown stays', async (t) => {
    const { urls } = await services(t)
    const console = await restartable(t, urls)
    const address = await ran(console.url, 'morse')
    const died = /^redis was killed/
    await visit(
      t,
      browser,
      address,
      async (page) => {
        await page.getByText('✓ as the file expects').waitFor()

        await console.stop()

        await page.getByRole('alert').filter({ hasText: 'The console does not answer' }).waitFor()
        await page.getByRole('heading', { name: died }).waitFor()
        await page.getByRole('row', { name: /Record in the status block/ }).click()
        await page.getByRole('tree').waitFor()

        await console.start()

        await page.getByRole('alert').waitFor({ state: 'detached' })
        await page.reload()
        await page.getByRole('heading', { name: died }).waitFor()
        await page.keyboard.press('1')
        await page.getByRole('button', { name: 'The story' }).click()
        await page.getByText('✓ as the file expects').waitFor()
        t.not(page.url().split('/')[5], address.split('/')[5], 'a run of the console that came back')
      },
      { expects: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/ }
    )
  })
}
