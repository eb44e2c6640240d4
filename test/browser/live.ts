import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { services } from '../support/services.ts'
import { request } from '../support/requests.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { killable } from './killed.ts'
import { restartable } from './restartable.ts'
import { visit } from './visit.ts'

/** It stands still until the test moves its clock. */
const HELD = `seabus: 1
title: Half of a story
steps:
  - touch: redis
  - poison: redis
  - wait: 5s
  - touch: redis
`
const WAIT_NS = 5e9
const LINE = {
  kind: 'memory',
  hostPhysical: '0x7bf15000',
  signalled: 'SEA',
  containment: 'UER',
  severity: 'recoverable'
}

export function live(t: Test, browser: Browser): void {
  void t.test('a run that is half done says how far it is, and grows to its end while it is looked at', async (t) => {
    const { urls, clock } = await services(t)
    const { json } = await request(`${urls.console}/v1/runs`, { body: { scenario: HELD, wait: false } })
    const { id } = json as { readonly id: string }
    await visit(t, browser, `${urls.console}/#/run/${id}`, async (page) => {
      await page.getByText('under way').first().waitFor()
      await page.getByRole('navigation', { name: 'Who was told, in order' }).getByText('in DRAM').waitFor()
      t.match(await page.getByRole('heading', { level: 1 }).innerText(), /nothing has ended yet/)
      const before = await rowsIn(page)

      // Only the wait of the scenario: deadlines of what is asked meanwhile are timers too.
      while ((await stateOf(urls.console, id)) === 'running') if (clock.nextTimer() === WAIT_NS) clock.advance(WAIT_NS)

      await page.getByRole('heading', { name: /^redis was killed by BUS_MCEERR_AR/ }).waitFor()
      await page.getByText('under way').first().waitFor({ state: 'detached' })
      t.ok((await rowsIn(page)) > before, `more than ${before} rows`)
    })
  })

  void t.test(
    'a machine is looked at while it happens, and nothing is lost or told twice when the console is cut off',
    async (t) => {
      const { urls } = await services(t)
      const console = await restartable(t, urls)
      const inject = (hostPhysical: string) =>
        request(`${urls.hardware}/v1/machines/m0/errors`, { body: { ...LINE, hostPhysical } })
      await visit(
        t,
        browser,
        `${console.url}/#/machine/m0`,
        async (page) => {
          await page.getByText('machine m0').waitFor()
          await inject('0x7bf15000')
          await page
            .getByRole('row', { name: /0x7bf15000/ })
            .first()
            .waitFor()

          await console.stop()
          await page.getByRole('alert').filter({ hasText: 'The console does not answer' }).waitFor()
          await inject('0x7bf16000')
          await console.start()

          await page
            .getByRole('row', { name: /0x7bf16000/ })
            .first()
            .waitFor()
          await page.getByRole('button', { name: 'Everything' }).click()
          await page
            .getByLabel(/filter/i)
            .first()
            .fill('error.inject')
          await page
            .getByRole('row', { name: /0x7bf15000/ })
            .first()
            .waitFor()
          const { text } = await request(`${urls.console}/v1/journal?machine=m0&type=error.inject`)
          const entries = text.split('\n').filter((line) => line.includes('"type":"error.inject"'))
          t.equal(entries.length, 2)
          t.equal(await page.getByRole('row', { name: /0x7bf1[56]000/ }).count(), entries.length)
        },
        { expects: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/ }
      )
    }
  )

  void t.test(
    'a run whose console is killed in its midst is told to where it had come, with nothing twice and nothing missing',
    async (t) => {
      const { urls } = await services(t)
      const console = await killable(t, urls)
      const { json } = await request(`${console.url}/v1/runs`, { body: { scenario: HELD, wait: false } })
      const { id, machine } = json as { readonly id: string; readonly machine: string }
      await visit(
        t,
        browser,
        `${console.url}/#/run/${id}`,
        async (page) => {
          const toldOf = (address: string) => page.getByRole('row', { name: new RegExp(address) }).first()
          await page.getByRole('navigation', { name: 'Who was told, in order' }).getByText('in DRAM').waitFor()
          await page.getByRole('button', { name: 'Everything' }).click()
          const before = await rowsIn(page)

          await console.kill()
          await page.getByRole('alert').filter({ hasText: 'The console does not answer' }).waitFor()
          t.equal(await rowsIn(page), before, 'what is there stays')
          await request(`${urls.hardware}/v1/machines/${machine}/errors`, {
            body: { ...LINE, hostPhysical: '0x7bf16000' }
          })
          await console.start()

          await page.getByText('did not come to an end: console restarted').waitFor()
          await page.getByRole('alert').waitFor({ state: 'detached' })
          await page.getByLabel('Filter messages').fill('0x7bf16000')
          await toldOf('0x7bf16000').waitFor()
          await page.getByLabel('Filter messages').fill('')
          const { text } = await request(`${console.url}/v1/runs/${id}/journal`)
          const places = entriesIn(text).map(({ layer, seq }) => `${layer} ${seq}`)
          t.equal(new Set(places).size, places.length)
          await page.getByRole('row', { name: /Boot and set-up/ }).click()
          t.equal(await rowsIn(page), places.length + 1, 'each entry is a row, and their set-up has one above it')
          await page.reload()
          await page.getByText('did not come to an end: console restarted').waitFor()
          await page.getByRole('button', { name: 'Everything' }).click()
          await page.getByRole('row', { name: /Boot and set-up/ }).click()
          t.equal(await rowsIn(page), places.length + 1, 'and so after loading anew')
        },
        { expects: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/ }
      )
    }
  )

  void t.test('a machine goes on being told when the console has been killed while things happen on it', async (t) => {
    const { urls } = await services(t)
    const console = await killable(t, urls)
    const inject = (hostPhysical: string) =>
      request(`${urls.hardware}/v1/machines/m0/errors`, { body: { ...LINE, hostPhysical } })
    await visit(
      t,
      browser,
      `${console.url}/#/machine/m0`,
      async (page) => {
        const told = (hostPhysical: string) => page.getByRole('row', { name: new RegExp(hostPhysical) })
        await page.getByText('machine m0').waitFor()
        await page.getByRole('button', { name: 'Everything' }).click()
        await page.getByLabel('Filter messages').fill('error.inject')
        await inject('0x7bf15000')
        await told('0x7bf15000').first().waitFor()

        await Promise.all([inject('0x7bf16000'), console.kill()])
        await page.getByRole('alert').filter({ hasText: 'The console does not answer' }).waitFor()
        await inject('0x7bf17000')
        await console.start()

        await told('0x7bf17000').first().waitFor()
        await inject('0x7bf18000')
        await told('0x7bf18000').first().waitFor()
        for (const each of ['5', '6', '7', '8']) t.equal(await told(`0x7bf1${each}000`).count(), 1, `0x7bf1${each}000`)
      },
      { expects: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/ }
    )
  })
}

const rowsIn = async (page: Page) => Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'))

async function stateOf(console: string, id: string): Promise<string> {
  const { json } = await request(`${console}/v1/runs/${id}`)
  return (json as { readonly state: string }).state
}
