import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { started } from './started.ts'
import { visit } from './visit.ts'

export function bytes(t: Test, browser: Browser): void {
  void t.test('a field lights up its bytes, and a byte its field', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      await page.getByRole('row', { name: /Record in the status block/ }).click()
      const tree = page.getByRole('tree')
      const pointedBytes = page.locator('.hex u.pointed')
      const field = tree.getByRole('treeitem', { name: /data length/i }).first()

      await field.hover()

      await pointedBytes.first().waitFor()
      const lit = (await pointedBytes.allInnerTexts()).join(' ')
      t.match(lit, /^(?:[0-9a-f]{2} ){3}[0-9a-f]{2}/, 'the four bytes of a length')

      await page.locator('.hex u').first().hover()
      const pointed = tree.locator('.pointed')
      await pointed.waitFor()
      const first = await pointed.innerText()
      t.notMatch(first, /data length/i)
      await page.locator('.hex u').first().click()
      await page.waitForURL(/\/f0\.\d+$/)
      t.equal(await page.locator('[role=treeitem][aria-selected=true]').innerText(), first)
    })
  })

  void t.test('a message names the rule that decided, with its source, and what it came of', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      await page.getByRole('row', { name: /SIGBUS BUS_MCEERR_AO/ }).click()
      const panel = page.getByRole('complementary', { name: 'Selected message' })
      await panel.getByText('Spec:').waitFor()
      const says = await panel.innerText()
      t.match(says, /Rule that decided\s+\S+/i)
      t.match(says, /memory-failure\.c|mm\//, 'the file of Linux')
      t.match(says, /siginfo/)
    })
  })
}
