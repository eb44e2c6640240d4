import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { visit } from './visit.ts'

export function story(t: Test, browser: Browser): void {
  void t.test('a story that is started on the page is followed to its end without loading it again', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, console, async (page) => {
      await page.getByText('Nothing has been run yet').waitFor()
      await page.evaluate('globalThis.loadedOnce = true')

      await page.getByRole('button', { name: 'The story' }).click()

      await page.getByRole('heading', { name: /^redis was killed by BUS_MCEERR_AR/ }).waitFor()
      await page.getByText('✓ as the file expects').waitFor()
      t.match(page.url(), /#\/run\/[^/]+$/)
      t.equal(await page.evaluate('globalThis.loadedOnce'), true)
    })
  })

  void t.test('at the moment of the fault all are alive, at the end one is not', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      const alive = page.getByRole('group', { name: 'Who is alive' })
      await alive.getByText('killed').waitFor()
      const moment = page.getByRole('slider')

      await moment.press('Home')

      await alive.getByText('killed').waitFor({ state: 'detached' })
      await moment.press('End')
      await alive.getByText('killed').waitFor()
      t.match(await alive.innerText(), /redis\s+killed/)
    })
  })

  void t.test('a link to a field leads there again, in another tab and after loading anew', async (t) => {
    const { console, run } = await started(t)
    const address = await run('morse')
    let link = ''
    await visit(t, browser, address, async (page) => {
      await page.getByRole('row', { name: /Record in the status block/ }).click()
      await page.getByRole('treeitem', { name: /^.?\s*data length/i }).click()
      await page.waitForURL(/\/f0\.\d+$/)
      link = page.url()
    })
    t.ok(link.startsWith(`${address}/`), link)
    await visit(t, browser, link, async (page) => {
      const kept = page.locator('[role=treeitem][aria-selected=true]')
      const says = await kept.innerText()
      t.match(says, /data length/i)
      await page.reload()
      await kept.waitFor()
      t.equal(await kept.innerText(), says)
      t.equal(page.url(), link)
    })
    await visit(
      t,
      browser,
      `${console}/#/run/no-such-run`,
      async (page) => {
        await page.getByRole('heading', { name: 'There is no run “no-such-run”' }).waitFor()
        await page.getByRole('link', { name: 'All runs', exact: true }).click()
        await page.getByRole('list', { name: 'Runs, newest first' }).waitFor()
      },
      { expects: /404/ }
    )
  })
}
