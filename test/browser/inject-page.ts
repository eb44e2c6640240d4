import type { Locator, Page } from 'playwright-core'

/** The editor of scenarios, once it is there; it is loaded after the page. */
export async function inEditor(page: Page, console: string): Promise<Locator> {
  await page.goto(console)
  const editor = page.getByRole('textbox', { name: 'Scenario' })
  await editor.waitFor()
  return editor
}

/** Its lines. */
export const linesOf = (editor: Locator): Promise<string[]> => editor.locator('.cm-line').allInnerTexts()

/** Starts a run and waits until its page is there and it has ended; gives its id. */
export async function runWith(page: Page, start: () => Promise<void>): Promise<string> {
  await start()
  await page.waitForURL(/#\/run\/[^/]+$/)
  await page.getByRole('region', { name: 'Verdict' }).waitFor()
  const [, run = ''] = /#\/run\/([^/]+)$/.exec(page.url()) ?? []
  // It is through when nothing more comes.
  await page.evaluate(`fetch('/v1/runs/${run}/journal?follow=yes').then((answer) => answer.text())`)
  return run
}

/** Drops a file onto the page, wherever on it. */
export async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer()
    const bytes = Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (one) => one.charCodeAt(0))
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}))
    return transfer
  })()`)
  await page.locator('body').dispatchEvent('dragover', { dataTransfer: transfer })
  await page.locator('body').dispatchEvent('drop', { dataTransfer: transfer })
}
