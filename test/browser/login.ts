import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { visit } from './visit.ts'

const TOKEN = 'open-sesame'

export function login(t: Test, browser: Browser): void {
  void t.test('who has given the token once has the page, its sockets, and all of it after loading anew', async (t) => {
    const { console } = await started(t, { token: TOKEN })
    await visit(t, browser, console, async (page) => {
      t.match(page.url(), /\/login\?next=/)
      await page.getByLabel('The token that the service was started with').fill(TOKEN)
      await page.getByRole('button').click()
      await page.getByRole('button', { name: 'The story' }).click()
      await page.getByText('✓ as the file expects').waitFor()

      const opened = await page.evaluate<string>(`new Promise((resolve) => {
        const socket = new WebSocket('/v1/journal?machine=m0')
        socket.onopen = () => (socket.close(), resolve('open'))
        socket.onerror = () => resolve('refused')
      })`)
      t.equal(opened, 'open')
      const at = page.url()
      await page.reload()
      await page.getByText('✓ as the file expects').waitFor()
      t.equal(page.url(), at)
    })
  })

  void t.test('a wrong token leads to nothing', async (t) => {
    const { console } = await started(t, { token: TOKEN })
    await visit(
      t,
      browser,
      console,
      async (page) => {
        await page.getByLabel('The token that the service was started with').fill('open-barley')
        await page.getByRole('button').click()
        await page.waitForFunction('performance.getEntriesByType("navigation").length > 0')
        t.match(page.url(), /\/login/)
        t.equal(await page.getByRole('button', { name: 'The story' }).count(), 0)
      },
      { expects: /40[13]/ }
    )
  })
}
