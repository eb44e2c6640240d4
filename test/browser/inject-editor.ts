import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { request } from '../support/requests.ts'
import { inEditor, linesOf, runWith } from './inject-page.ts'
import { started } from './started.ts'
import { DESK, PHONE, visit } from './visit.ts'
import { violations } from './violations.ts'

const MISSPELT = 'seabus: 1\ntitle: x\nsteps:\n  - touch: redis\n  - poisn: redis\n'

export function injectEditor(t: Test, browser: Browser): void {
  void t.test(
    'a step is taken from what its first letters offer, its value after it, and the scenario runs',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        const editor = await inEditor(page, console)
        await page.getByRole('button', { name: 'Patrol scrub' }).click()
        await page.locator('.cm-line', { hasText: 'wait' }).click()
        await page.keyboard.press('End')
        await page.keyboard.press('Enter')

        await page.keyboard.type('reb')
        await offered(page, 'reboot').waitFor()
        await page.getByText('the host boots again').waitFor()
        await page.keyboard.press('Enter')
        await offered(page, 'host').waitFor()
        await page.keyboard.press('Enter')

        t.ok((await linesOf(editor)).includes('  - reboot: host'))
        await runWith(page, () => page.keyboard.press('Control+Enter'))
        await page.getByRole('row', { name: /boot/i }).first().waitFor()
      })
    }
  )

  void t.test(
    'a mistake is underlined where the console says it is, told in its words, and mended by a press',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        const editor = await inEditor(page, console)
        await editor.fill(MISSPELT)
        const mark = page.locator('.cm-lintRange-error')
        await mark.waitFor()

        const { json } = await request(`${console}/v1/scenarios/check`, {
          body: MISSPELT,
          headers: { 'content-type': 'application/yaml' }
        })
        const [mistake] = (json as { readonly errors: readonly Said[] }).errors
        t.match(mistake, { line: 5, column: 5, length: 5, suggestion: 'poison' })
        const { line, column, length } = mistake ?? {}
        t.strictSame(await placeOfMark(page), { line, column, length })
        const run = page.getByRole('button', { name: /^Run Ctrl/ })
        t.equal(await run.isDisabled(), true)
        t.equal(await editor.getAttribute('aria-invalid'), 'true')

        const told = page.getByRole('button', { name: `scenario.yaml:5:5: ${mistake?.message}` })
        await told.click()
        t.equal(await page.evaluate('getSelection().toString()'), 'poisn', 'its line in the list leads to it')

        await mark.hover()
        await page.locator('.cm-diagnostic', { hasText: mistake?.message ?? '' }).waitFor()
        await page.getByRole('button', { name: 'Write poison' }).click()
        await mark.waitFor({ state: 'detached' })
        t.ok((await linesOf(editor)).includes('  - poison: redis'))
        t.equal(await run.isDisabled(), false)
      })
    }
  )

  for (const size of [DESK, { width: 1100, height: 800 }, PHONE]) {
    void t.test(`what F8 says of a mistake stays between the edges of the editor, ${size.width} px wide`, async (t) => {
      const { console } = await started(t)
      await visit(
        t,
        browser,
        console,
        async (page) => {
          const editor = await inEditor(page, console)
          await editor.fill(`${MISSPELT}    polciy: ${'a-long-name-'.repeat(6)}\nvms: [{ profil: x }]\n`)
          await page.locator('.cm-lintRange-error').first().waitFor()
          await page.keyboard.press('Control+Home')
          for (let nth = 0; nth < 2; nth++) {
            await page.keyboard.press('F8')
            await page.locator('.cm-tooltip-hover .cm-diagnostic').first().waitFor()
            t.match(await page.evaluate(BETWEEN), { left: true, right: true })
            await page.keyboard.press('ArrowRight')
          }
        },
        { size }
      )
    })
  }

  void t.test('by keys alone one comes in, writes, gets out again by Esc and Tab, and runs it', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, console, async (page) => {
      const { keyboard } = page
      const editor = await inEditor(page, console)
      const isIn = () => page.evaluate<boolean>('document.activeElement.closest(".cm-editor") !== null')
      while (!(await isIn())) await keyboard.press('Tab')

      await keyboard.press('Control+End')
      await keyboard.press('ArrowUp')
      await keyboard.press('End')
      await keyboard.press('Enter')
      await keyboard.type('wait: 1s')
      t.equal((await linesOf(editor)).at(-2), '  - wait: 1s', 'the next line of the steps is a step')
      await keyboard.press('Tab')
      t.equal(await isIn(), true, 'Tab indents')
      t.equal((await linesOf(editor)).at(-2), '    - wait: 1s')
      await keyboard.press('Shift+Tab')
      t.equal((await linesOf(editor)).at(-2), '  - wait: 1s')

      await keyboard.press('Escape')
      await keyboard.press('Tab')
      t.equal(await isIn(), false, 'after Esc it leaves')
      await keyboard.press('Shift+Tab')
      t.equal(await isIn(), true)

      await runWith(page, () => keyboard.press('Control+Enter'))
      await page.getByRole('heading', { level: 1, name: /^redis was killed/ }).waitFor()
    })
  })

  void t.test(
    'VMM, policy and kernels are chosen beside Run, stand in the scenario, and are what it runs with',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        const editor = await inEditor(page, console)
        const before = await linesOf(editor)
        await page.getByText('always an SError; mainline guests panic on it').waitFor({ state: 'detached' })
        await chosen(page, 'VMM').selectOption('qemu-10.2')
        await chosen(page, 'Policy').selectOption('sei')
        await chosen(page, 'Host kernel').selectOption('6.12')
        await chosen(page, 'Guest kernel').selectOption('6.12.95')
        await page.getByText('always an SError; mainline guests panic on it').waitFor()

        t.strictSame((await linesOf(editor)).slice(2, 6), [
          'vms:',
          '  - profile: qemu-10.2',
          '    policy: sei',
          '    guest: { linux: 6.12.95 }'
        ])
        const run = await runWith(page, () => page.getByRole('button', { name: /^Run Ctrl/ }).click())
        const { json } = await request(`${console}/v1/runs/${run}`)
        t.match(json, { vmm: 'qemu-10.2', policy: 'sei', linux: '6.12' })

        await page.goBack()
        for (const label of ['VMM', 'Policy', 'Host kernel', 'Guest kernel']) await chosen(page, label).selectOption('')
        t.strictSame(await linesOf(editor), before, 'as usual is what the scenario does not say')
      })
    }
  )

  for (const theme of ['light', 'dark'] as const) {
    for (const size of [undefined, PHONE]) {
      const where = size === undefined ? 'on a desk' : 'on a phone'
      void t.test(`axe has nothing against completions, mistakes and the form, ${theme} and ${where}`, async (t) => {
        const { console } = await started(t)
        const look = async (page: Page) => {
          const editor = await inEditor(page, console)
          await page.getByText('Add a step by a form').click()
          await editor.fill(MISSPELT)
          await page.locator('.cm-lintRange-error').waitFor()
          t.strictSame(await violations(page), [], 'a mistake')
          await editor.press('Control+End')
          await page.keyboard.type('  - po')
          await offered(page, 'poison').waitFor()
          t.strictSame(await violations(page), [], 'completions')
          const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
          t.ok(over <= 0, `the page is ${over} px wider than its window`)
        }
        await visit(t, browser, console, look, size === undefined ? { theme } : { theme, size })
      })
    }
  }
}

interface Said {
  readonly line: number
  readonly column: number
  readonly length: number
  readonly message: string
}

/** Whether a tooltip lies between the edges of the editor, once it is drawn where it belongs. */
const BETWEEN = `(async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  const [tip, box] = ['.cm-tooltip-hover', '.cm-editor'].map((one) => document.querySelector(one).getBoundingClientRect())
  return { left: tip.left >= box.left - 1, right: tip.right <= box.right + 1 }
})()`

/** What is offered where something is being written. */
const offered = (page: Page, name: string) => page.getByRole('listbox').getByRole('option', { name })
/** What the scenario is run with. */
const chosen = (page: Page, name: string) =>
  page.getByRole('group', { name: 'Run with' }).getByRole('combobox', { name })

/** Line, column and length of what is underlined first, as an editor counts them. */
const placeOfMark = (page: Page) =>
  page.evaluate(`(() => {
    const mark = document.querySelector('.cm-lintRange-error')
    const line = mark.closest('.cm-line')
    const before = document.createRange()
    before.setStart(line, 0)
    before.setEndBefore(mark)
    const lines = [...document.querySelectorAll('.cm-line')]
    return { line: lines.indexOf(line) + 1, column: before.toString().length + 1, length: mark.textContent.length }
  })()`)
