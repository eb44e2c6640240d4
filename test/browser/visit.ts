import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'

export interface Visiting {
  readonly theme?: 'light' | 'dark'
  readonly size?: { readonly width: number; readonly height: number }
  /** What the page may complain of: requests that are to fail. */
  readonly expects?: RegExp
}

export const DESK = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

/** How long what is waited for may take; it only ends what would hang for ever. */
const PATIENCE_MS = 120_000

/**
 * Opens an address as a reader does, in a tab without a past, and looks at it. Fails where the page threw something, was
 * refused something by its content security policy, or asked anybody but the console.
 */
export async function visit(
  t: Test,
  browser: Browser,
  address: string,
  look: (page: Page) => Promise<void>,
  { theme = 'light', size = DESK, expects }: Visiting = {}
): Promise<void> {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  t.teardown(() => context.close())
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const { origin } = new URL(address)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`it threw ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' || expects?.test(message.text()) === true) return
    faults.push(`${message.text()} ${message.location().url}`)
  })
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) faults.push(`it asked ${request.url()}`)
  })
  await page.goto(address)
  await look(page)
  t.strictSame(faults, [], 'the page has thrown nothing, was refused nothing and asked nobody else')
}

/** How many elements the page holds. */
export const elementsIn = (page: Page): Promise<number> =>
  page.evaluate<number>('document.querySelectorAll("*").length')
