import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { visit } from './visit.ts'

export function keyboard(t: Test, browser: Browser): void {
  void t.test(
    'without a pointer one starts a story, steps through it, and reads the fields of a message',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        const { keyboard } = page
        const preset = page.getByRole('button', { name: 'The story' })
        await preset.waitFor()
        while ((await page.locator(':focus').filter({ hasText: 'The story' }).count()) === 0)
          await keyboard.press('Tab')
        await keyboard.press('Enter')
        await page.getByText('✓ as the file expects').waitFor()
        const selected = page.locator('[role=row][aria-selected=true]')

        await keyboard.press('n')
        await page.waitForURL(/#\/run\/[^/]+\/\d+$/)
        const hop = await selected.innerText()
        await keyboard.press('n')
        await keyboard.press('p')
        await page.waitForURL(/#\/run\/[^/]+\/\d+$/)
        t.equal(await selected.innerText(), hop, 'the next and back')

        await keyboard.press('/')
        await keyboard.type('record in the status block')
        await keyboard.press('Enter')
        await page.getByRole('row', { name: /Record in the status block/ }).waitFor()
        await keyboard.press('j')
        await selected.filter({ hasText: 'Record in the status block' }).waitFor()
        await keyboard.press('Enter')
        const field = page.locator('[role=treeitem]:focus')
        await field.waitFor()
        await keyboard.press('ArrowDown')
        await page.waitForURL(/\/f0\.\d+$/)
        await keyboard.press('Escape')
        await page.locator('#rows:focus').waitFor()

        await keyboard.press('?')
        await page.getByRole('dialog', { name: 'Keys' }).waitFor()
        await keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await keyboard.press('1')
        await page.getByRole('list', { name: 'Runs, newest first' }).waitFor()
      })
    }
  )
}
