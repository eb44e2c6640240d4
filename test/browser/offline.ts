import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { buildConsole } from '../../services/console/app.ts'
import { sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import { services, type Services } from '../support/services.ts'
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

/** A console beside that of the services, which can be ended and begun again at one address. */
async function restartable(t: Test, urls: Services['urls']) {
  const data = t.testdir()
  let app: FastifyInstance | undefined
  let port = 0
  let runs = 0
  const start = async () => {
    app = buildConsole({
      urls,
      newMachine: () => `beside-${++runs}`,
      doors: { hosts: [], token: undefined },
      runFile: sqliteRunFile(data)
    })
    await app.listen({ host: '127.0.0.1', port })
  }
  await start()
  t.teardown(() => app?.close())
  const address = app?.server.address()
  if (address === null || typeof address !== 'object') throw new Error('the console listens nowhere')
  port = address.port
  return { url: `http://127.0.0.1:${port}`, start, stop: async () => app?.close() }
}
