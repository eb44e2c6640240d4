import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { request } from '../support/requests.ts'
import { idIn, started } from './started.ts'
import { PHONE, visit } from './visit.ts'

interface Link {
  readonly what: string
  /** Comes to it as a reader does, from where a test begins. */
  readonly go: (page: Page) => Promise<void>
  /** What stands in the address by then, behind the name of the run or machine. */
  readonly ends: RegExp
  /** What is looked at, in the words of the page. */
  readonly shown: (page: Page) => Promise<string>
}

const selected = (page: Page) => page.locator('[role=row][aria-selected=true]')
const sentence = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
const moment = (page: Page) => page.locator('.scrubber output').innerText()
const rowOf = (page: Page, name: RegExp) => page.getByRole('row', { name }).first().click()

const LINKS: readonly Link[] = [
  {
    what: 'a run',
    go: async () => undefined,
    ends: /^$/,
    shown: async (page) => `${await sentence(page)} ${await moment(page)}`
  },
  {
    what: 'a message',
    go: (page) => rowOf(page, /Record in the status block/),
    ends: /^\/\d+$/,
    shown: async (page) => `${await selected(page).innerText()} ${await page.locator('.panel h2').first().innerText()}`
  },
  {
    what: 'a field',
    async go(page) {
      await rowOf(page, /Record in the status block/)
      await page.getByRole('treeitem', { name: /^.?\s*data length/i }).click()
    },
    ends: /^\/\d+\/f0\.\d+$/,
    shown: (page) => page.locator('[role=treeitem][aria-selected=true]').innerText()
  },
  {
    what: 'a moment',
    async go(page) {
      await page.getByRole('slider').press('Home')
      await page.getByRole('slider').press('PageUp')
    },
    ends: /^\/at\d+$/,
    shown: async (page) => `${await sentence(page)} ${await moment(page)}`
  },
  {
    what: 'a message as it stood at a moment',
    async go(page) {
      await rowOf(page, /Record in the status block/)
      await page.getByRole('slider').press('Home')
    },
    ends: /^\/\d+\/at\d+$/,
    shown: async (page) => `${await selected(page).innerText()} ${await sentence(page)} ${await moment(page)}`
  }
]

/** An address leads to what its reader sees: again after loading anew, and for whoever gets it. */
export function permalinks(t: Test, browser: Browser): void {
  const holds = async (t: Test, address: string, { go, ends, shown, what }: Link, ready: string) => {
    let link = ''
    let says = ''
    await visit(t, browser, address, async (page) => {
      await page.getByText(ready).first().waitFor()
      await go(page)
      await page.waitForURL((url) => url.href.startsWith(address) && ends.test(url.href.slice(address.length)))
      link = page.url()
      says = await shown(page)
      await page.reload()
      await becomes(page, shown, says)
      t.equal(page.url(), link, `${what} after loading anew`)
    })
    await visit(t, browser, link, async (page) => {
      await becomes(page, shown, says)
      t.equal(page.url(), link, `${what} for somebody else`)
    })
  }

  for (const link of LINKS) {
    void t.test(`${link.what} is found again by its address`, async (t) => {
      const { run } = await started(t)
      await holds(t, await run('morse'), link, '✓ as the file expects')
    })
  }

  void t.test('on a phone the address of a message leads to what is known of it', async (t) => {
    const { run } = await started(t)
    await visit(
      t,
      browser,
      `${await run('morse')}/146`,
      async (page) => {
        const head = page.getByRole('complementary', { name: 'Selected message' }).getByRole('heading', { level: 2 })
        await head.first().waitFor()
        await becomes(page, async () => String(await isInSight(page)), 'true')
      },
      { size: PHONE }
    )
  })

  void t.test(
    'what the file expects and what came instead can be read where the run says that it is not so',
    async (t) => {
      const { console } = await started(t)
      const scenario = {
        ...{
          seabus: 1,
          title: 'Expects too much',
          steps: [{ touch: 'redis' }, { poison: 'redis' }, { touch: 'redis' }]
        },
        expect: { tasks: { redis: 'completed' }, guest: 'panicked' }
      }
      const { json } = await request(`${console}/v1/runs`, { body: { scenario } })
      await visit(t, browser, `${console}/#/run/${(json as { readonly id: string }).id}`, async (page) => {
        await page.getByText('✕ not as the file expects (2)').click()
        await page.getByText(/expect\.tasks\.redis/).waitFor()
        t.match(await page.locator('.unmet').innerText(), /expect\.tasks\.redis: is killed, not completed/)
      })
    }
  )

  void t.test('a machine, and what has happened on it, are found again by their address', async (t) => {
    const { console } = await started(t)
    const body = {
      kind: 'memory',
      hostPhysical: '0x7bf15000',
      signalled: 'SEA',
      containment: 'UER',
      severity: 'recoverable'
    }
    await request(`${console}/services/hardware/v1/machines/m0/errors`, { body })
    const [whole, message] = LINKS as readonly [Link, Link]
    const shown = async (page: Page) => `${await selected(page).innerText()}`
    await holds(t, `${console}/#/machine/m0`, { ...whole, what: 'a machine' }, 'machine m0')
    const go = (page: Page) => rowOf(page, /0x7bf15000/)
    await holds(t, `${console}/#/machine/m0`, { ...message, go, shown, what: 'a message on it' }, 'machine m0')
  })

  void t.test('a comparison is found again by its address, as are its sides the other way round', async (t) => {
    const { console, run } = await started(t)
    const [morse, sei] = [idIn(await run('morse')), idIn(await run('sei'))]
    const shown = async (page: Page) => (await page.locator('.compared h2').allInnerTexts()).join(' | ')
    const address = `${console}/#/compare/${morse}/`
    await holds(
      t,
      address,
      { what: 'two runs', go: async () => undefined, ends: new RegExp(`^${sei}$`), shown },
      'decides'
    )
    await visit(t, browser, `${address}${sei}`, async (page) => {
      await page.getByRole('button', { name: 'Swap sides' }).click()
      await page.waitForURL(`${console}/#/compare/${sei}/${morse}`)
      await becomes(page, shown, /^The guest kernel panicked.* \| redis was killed/)
      const says = await shown(page)
      await page.reload()
      await becomes(page, shown, says)
    })
  })
}

const isInSight = (page: Page) =>
  page.evaluate<boolean>(`{
    const { top, bottom } = document.querySelector('.panel h2').getBoundingClientRect()
    top >= 0 && bottom <= innerHeight
  }`)

/** Waits until the page shows what it did: it comes in parts. */
async function becomes(page: Page, shown: Link['shown'], says: string | RegExp): Promise<void> {
  const isSo = (text: string) => (typeof says === 'string' ? text === says : says.test(text))
  while (!isSo(await shown(page))) await page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))')
}
