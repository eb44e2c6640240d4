import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { DESK, PHONE, visit } from './visit.ts'

/** Who was told, in a window of any width: nothing is cut off, and the page is no wider than its window. */
export function hops(t: Test, browser: Browser): void {
  for (const size of [DESK, { width: 820, height: 900 }]) {
    void t.test(`those who were told stand in lines that fit, ${size.width} px wide`, async (t) => {
      const { run } = await started(t)
      await visit(
        t,
        browser,
        await run('morse'),
        async (page) => {
          await page.getByText('✓ as the file expects').waitFor()
          const { lines, cut, over } = await look(page)
          t.ok(lines >= 1 && (size === DESK || lines > 1), `${lines} lines`)
          t.same(cut, [])
          t.ok(over <= 0, `the page is ${over} px wider than its window`)
        },
        { size }
      )
    })
  }

  void t.test('on a phone they are one line, along which one comes to each of them, by keys too', async (t) => {
    const { run } = await started(t)
    await visit(
      t,
      browser,
      await run('morse'),
      async (page) => {
        await page.getByText('✓ as the file expects').waitFor()
        const { lines, over } = await look(page)
        t.equal(lines, 1)
        t.ok(over <= 0, `the page is ${over} px wider than its window`)
        const last = page.getByRole('navigation', { name: 'Who was told, in order' }).getByRole('button').last()
        await last.focus()
        t.ok(await last.evaluate<boolean, { getBoundingClientRect(): { left: number; right: number } }>(IN_WINDOW))
        await page.keyboard.press('Enter')
        await page.waitForURL(/#\/run\/[^/]+\/\d+$/)
        t.equal(await last.getAttribute('aria-current'), 'true')
      },
      { size: PHONE }
    )
  })
}

const IN_WINDOW = (one: { getBoundingClientRect(): { left: number; right: number } }) => {
  const { left, right } = one.getBoundingClientRect()
  return left >= 0 && right <= (globalThis as unknown as { innerWidth: number }).innerWidth
}

interface Look {
  /** In how many lines they stand. */
  readonly lines: number
  /** Those of which a part is not to be seen. */
  readonly cut: readonly string[]
  /** How much wider the page is than its window, in px. */
  readonly over: number
}

const look = (page: Page): Promise<Look> =>
  page.evaluate<Look>(`(() => {
    const list = document.querySelector('.told').getBoundingClientRect()
    const all = [...document.querySelectorAll('.told li')].map((one) => [one, one.getBoundingClientRect()])
    const isCut = ([one, { left, right }]) =>
      left < list.left - 1 || right > list.right + 1 ||
      [...one.querySelectorAll('b, small, .address')].some((text) => text.scrollWidth > text.clientWidth + 1)
    return {
      lines: new Set(all.map(([, { top }]) => Math.round(top))).size,
      cut: all.filter(isCut).map(([one]) => one.textContent),
      over: document.documentElement.scrollWidth - innerWidth
    }
  })()`)
