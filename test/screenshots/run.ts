import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { bundlePage, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { chromiumPath, startChromium } from '../browser/chromium.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { smaller } from './smaller.ts'
import { fileOf, PICTURES, sizeOf, type Picture, type Shown } from './pictures.ts'

/**
 * `npm run screenshots`: takes the pictures of the documentation, of a system that has run some scenarios, in a real
 * Chromium. With names behind it only those.
 */
const ROOT = join(import.meta.dirname, '../..')
const SCENARIOS = [
  '13-uncontained',
  'field/sonic-without-sde-interface',
  '10-vmm-own-memory',
  '08-guest-kernel-consumes',
  '05-host-64k-guest-4k',
  '11-no-address',
  '02-counter-example',
  '01-story'
]
/** It only ends what hangs for ever. */
const PATIENCE_MS = 120_000

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !PICTURES.some((picture) => picture.name === name))
const path = chromiumPath()
if (unknown.length > 0) {
  console.error(`no picture ${unknown.join(', ')}; there are ${PICTURES.map(({ name }) => name).join(', ')}`)
  process.exitCode = 2
} else if (path === undefined) {
  console.error('screenshots: there is no chromium on the PATH: apt-get install chromium')
  process.exitCode = 1
} else {
  await takeAll(
    path,
    PICTURES.filter(({ name }) => asked.length === 0 || asked.includes(name))
  )
}

async function takeAll(chromium: string, pictures: readonly Picture[]): Promise<void> {
  const ends: (() => Promise<unknown>)[] = []
  try {
    if (!isUpToDate()) writePage(await bundlePage())
    const { urls } = await services({ teardown: (end) => ends.unshift(end) })
    const shown: Shown = { console: urls.console, runs: await playedAt(urls.console) }
    const { browser, close } = await startChromium(chromium)
    ends.unshift(close)
    mkdirSync(join(ROOT, 'docs/img'), { recursive: true })
    for (const picture of pictures) {
      const bytes = smaller(await taken(browser, picture, shown))
      writeFileSync(join(ROOT, fileOf(picture)), bytes)
      console.log(`${fileOf(picture)}: ${Math.ceil(bytes.length / 1024)} KiB`)
    }
  } finally {
    for (const end of ends) await end()
  }
}

/** Runs the scenarios one after the other, so that the newest is the story. */
async function playedAt(console: string): Promise<Shown['runs']> {
  const runs: Record<string, string> = {}
  for (const name of SCENARIOS) {
    const scenario = readFileSync(join(ROOT, `scenarios/${name}.yaml`), 'utf8')
    const story = { '01-story': 'morse', '02-counter-example': 'sei' }[name]
    const { json } = await request(`${console}/v1/runs`, { body: story === undefined ? { scenario } : { story } })
    const { id } = json as { readonly id?: string }
    if (id === undefined) throw new Error(`${name} was not run: ${JSON.stringify(json)}`)
    runs[name] = id
  }
  return runs
}

async function taken(browser: Browser, picture: Picture, shown: Shown): Promise<Buffer> {
  const { theme = 'light', at, look } = picture
  const context = await browser.newContext({
    viewport: sizeOf(picture),
    deviceScaleFactor: 1,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB'
  })
  context.setDefaultTimeout(PATIENCE_MS)
  // A picture is another one only where the page is: nothing in it tells when it was taken.
  await context.addInitScript("Date.prototype.toLocaleTimeString = () => '12:00:00'")
  const page = await context.newPage()
  await page.goto(at(shown))
  await look(page)
  // Nothing blinks, and nobody points at anything.
  await page.evaluate('document.activeElement?.blur()')
  await page.mouse.move(0, 0)
  const bytes = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  await context.close()
  return bytes
}
