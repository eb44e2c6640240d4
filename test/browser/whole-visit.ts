import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { focusIn, type Focus } from './focus.ts'
import { keepRuns } from './kept-runs.ts'
import { idIn, started } from './started.ts'
import { visit } from './visit.ts'

/** A visit without a pointer from the list of runs to a cell of the matrix; at each step one sees where one is. */
export function wholeVisit(t: Test, browser: Browser): void {
  void t.test('keys alone lead through the whole page, and the focus is always to be seen', async (t) => {
    const { console, run } = await started(t)
    const [sei, morse] = [idIn(await run('sei')), idIn(await run('morse'))]
    await visit(t, browser, console, async (page) => {
      const { keyboard } = page
      /** The keys lead to something, and that is what has the focus. */
      const at = async (what: string, selector: string) => {
        await page.locator(`${selector}:focus`).waitFor()
        t.match(await settled(page), { hasRing: true, isInSight: true }, what)
      }
      await page.locator('.run-line').nth(1).waitFor()

      await keyboard.press('j')
      await at('the newest run', '.run-line[data-place="1"]')
      await keyboard.press('j')
      await keyboard.press('k')
      await at('down the list and up again', '.run-line[data-place="1"]')
      await keyboard.press('Enter')
      await page.waitForURL(new RegExp(`#/run/${morse}$`))
      await at('the run, at its sentence', 'h1')

      await keyboard.press('n')
      await at('its messages', '#rows')
      const selected = page.locator('[role=row][aria-selected=true]')
      await keyboard.press('/')
      await at('the filter', '.filter input')
      await keyboard.type('record in the status block')
      await keyboard.press('Enter')
      await keyboard.press('j')
      await selected.filter({ hasText: 'Record in the status block' }).waitFor()
      await at('a message that was looked for', '#rows')
      await keyboard.press('Enter')
      await at('its bytes', '[role=treeitem]')
      await keyboard.press('ArrowDown')
      await page.waitForURL(/\/f0\.\d+$/)
      await at('a field of them', '[role=treeitem].kept')
      await keyboard.press('Escape')
      await at('back among the messages', '#rows')
      await keyboard.press('Escape')
      await keyboard.press('n')
      await page.locator('.panel .actions').waitFor()
      await keyboard.press('Escape')
      await page.getByRole('complementary', { name: 'The run' }).waitFor()
      await at('with nothing selected', '#rows')

      await keyboard.press('1')
      await at('the list, at the run that one comes from', `.run-line[href="#/run/${morse}"]`)
      await keyboard.press('2')
      await at('that run again', 'h1')
      await keyboard.press('3')
      await page.waitForURL(new RegExp(`#/compare/${morse}/${sei}$`))
      await at('it and the other of its fault', '#rows')
      await page.getByText('this decides the outcome').waitFor()
      await keyboard.press('End')
      await keyboard.press('d')
      await page
        .getByRole('row')
        .filter({ hasText: /^First difference$/ })
        .waitFor()
      await at('their first difference', '#rows')

      await keyboard.press('4')
      await at('a cell of the matrix', 'td[role=gridcell]')
      await keyboard.press('ArrowRight')
      await keyboard.press('ArrowRight')
      await at('another cell', 'td[aria-label="avoidable panic"]')
      await keyboard.press('Enter')
      await page.waitForURL(/#\/run\//)
      await page.getByRole('heading', { name: /^The guest kernel panicked on an SError/ }).waitFor()
      await at('the run of that cell', 'h1')

      await page.goBack()
      await at('the cell that one comes from', 'td[aria-label="avoidable panic"]')
      await page.goBack()
      await at('the comparison', '#rows')
    })
  })

  void t.test('what has no bytes has its actions, and from there one comes back as well', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      await page.getByText('✓ as the file expects').waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('notify-interrupt')
      await page.keyboard.press('Enter')
      await page.keyboard.press('j')
      await page.locator('[role=row][aria-selected=true]').filter({ hasText: 'notify-interrupt' }).waitFor()
      await page.locator('.panel .actions').waitFor()
      t.equal(await page.getByRole('treeitem').count(), 0, 'a decision is not bytes')

      await page.keyboard.press('Enter')

      await page.locator('.panel .actions button:focus').waitFor()
      await page.keyboard.press('Escape')
      await page.locator('#rows:focus').waitFor()
    })
  })

  void t.test('in a list of which most is not there, End and Home lead to a run that is', async (t) => {
    const data = t.testdir()
    keepRuns(data, 300)
    const { console } = await started(t, { data })
    await visit(t, browser, console, async (page) => {
      await page.getByText('300 of 300').waitFor()
      await page.keyboard.press('j')
      await page.locator('.run-line[data-place="1"]:focus').waitFor()
      await page.keyboard.press('End')
      await page.locator('.run-line[data-place="300"]:focus').waitFor()
      t.match(await settled(page), { hasRing: true, isInSight: true })
      await page.keyboard.press('Home')
      await page.locator('.run-line[data-place="1"]:focus').waitFor()
      t.match(await settled(page), { hasRing: true, isInSight: true })
    })
  })
}

/** The focus once what has been drawn is where it belongs: a list follows its scrolling a frame later. */
async function settled(page: Page): Promise<Focus> {
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  return focusIn(page)
}
