import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { services } from '../support/services.ts'
import { request } from '../support/requests.ts'
import { restartable } from './restartable.ts'
import { idIn, started } from './started.ts'
import { visit } from './visit.ts'

export function moments(t: Test, browser: Browser): void {
  void t.test(
    'sentence and rows follow the slider, whatever is selected, and the tab is named after the run',
    async (t) => {
      const { run } = await started(t)
      const address = await run('morse')
      await visit(
        t,
        browser,
        address,
        async (page) => {
          const heading = page.getByRole('heading', { level: 1 })
          await page.getByText('✓ as the file expects').waitFor()
          t.match(await page.title(), /^redis was killed by BUS_MCEERR_AR.* · seabus$/)
          await page.locator('#rows').focus()
          await page.keyboard.press('n')
          await page.locator('[role=row][aria-selected=true]').waitFor()
          const top = () => page.locator('#rows').evaluate((rows: { scrollTop: number }) => rows.scrollTop)

          const slider = page.getByRole('slider')
          await slider.press('Home')
          await heading.filter({ hasText: 'nothing has ended yet' }).waitFor()
          const atHome = await top()
          t.equal(await page.getByText('✓ as the file expects').count(), 0)
          await slider.press('End')
          await heading.filter({ hasText: 'redis was killed' }).waitFor()
          await page.getByText('✓ as the file expects').waitFor()
          t.ok((await top()) > atHome, 'the rows at the end are below those at the beginning')
        },
        { size: { width: 1440, height: 700 } }
      )
    }
  )

  void t.test('an entry that there is not, and a run that has been deleted, are said to be so', async (t) => {
    const { console, run } = await started(t)
    const address = await run('morse')
    await visit(
      t,
      browser,
      `${address}/99999`,
      async (page) => {
        await page.getByRole('alert').filter({ hasText: 'There is no entry #99999: the run has' }).waitFor()
        await request(`${console}/v1/runs/${idIn(address)}`, { method: 'DELETE' })
        await page.getByRole('alert').filter({ hasText: 'This run has been deleted' }).waitFor()
        t.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0)
      },
      { expects: /404|410/ }
    )
  })

  void t.test('a run is deleted from the page once that has been confirmed, and a menu closes by itself', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      const menu = page.locator('.export .menu')
      await page.getByText('Export', { exact: true }).click()
      await menu.waitFor()
      await page.getByText('✓ as the file expects').click()
      await menu.waitFor({ state: 'hidden' })
      page.once('dialog', (dialog) => void dialog.dismiss())
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByText('✓ as the file expects').waitFor()
      page.once('dialog', (dialog) => void dialog.accept())
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByText('Nothing has been run yet').waitFor()
      t.equal(await page.title(), 'Runs · seabus')
    })
  })

  void t.test('from the list of runs keys lead into a run, at its heading', async (t) => {
    const { console, run } = await started(t)
    await run('morse')
    await visit(t, browser, console, async (page) => {
      await page.locator('.run-line').waitFor()
      await page.keyboard.press('j')
      await page.locator('.run-line:focus').waitFor()
      await page.keyboard.press('Enter')
      await page.locator('h1:focus').filter({ hasText: 'redis was killed' }).waitFor()
    })
  })

  void t.test('a page whose console has another one by now says that it has to be loaded again', async (t) => {
    const { console } = await started(t)
    await visit(
      t,
      browser,
      `${console}/#/matrix`,
      async (page) => {
        await page.route('**/inject-panel.js*', (route) => route.fulfill({ status: 404, body: '{}' }))
        await page.keyboard.press('1')
        await page.getByText('The form for an error cannot be loaded: the console has another page by now').waitFor()
      },
      { expects: /404|dynamically imported/ }
    )
  })

  void t.test(
    'what a console that is away could not give comes when it is back, and what was said of it goes',
    async (t) => {
      const { urls } = await services(t)
      const console = await restartable(t, urls)
      const { json } = await request(`${console.url}/v1/runs`, { body: { story: 'morse' } })
      await visit(
        t,
        browser,
        `${console.url}/#/run/${(json as { readonly id: string }).id}`,
        async (page) => {
          await page.getByText('✓ as the file expects').waitFor()
          await console.stop()
          await page.keyboard.press('1')
          await page.getByText('The form for an error cannot be loaded yet').waitFor()
          await page.getByRole('button', { name: 'The story' }).click()
          await page.getByText('The console does not answer: nothing has been started.').waitFor()
          await console.start()
          await page.getByRole('region', { name: 'Inject an error' }).waitFor()
          await page.getByText('nothing has been started').waitFor({ state: 'detached' })
          t.equal(await page.getByText('cannot be loaded').count(), 0)
          await page.locator('.cm-content').waitFor()
        },
        { expects: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|dynamically imported/ }
      )
    }
  )
}
