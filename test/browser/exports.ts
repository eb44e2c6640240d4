import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { fileNameOf } from '../../shared/drawing/run-formats.ts'
import { entriesIn } from '../../shared/machine-room/read-journals.ts'
import { elements, parsed, textsIn } from '../drawing/parsed.ts'
import { request } from '../support/requests.ts'
import { idIn, started } from './started.ts'
import { visit } from './visit.ts'

const SENTENCE = 'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on.'
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** What the page hands out of a run, as a reader finds it where he has saved it. */
export function exports(t: Test, browser: Browser): void {
  void t.test('each form in which a run is taken along is what it says', async (t) => {
    const { console, run } = await started(t)
    const address = await run('morse')
    const api = `${console}/v1/runs/${address.split('/').at(-1)}`
    const { name, id } = (await request(api)).json as { readonly name: string; readonly id: string }
    const journal = entriesIn((await request(`${api}/journal`)).text)
    const folder = t.testdir()
    await visit(t, browser, address, async (page) => {
      await page.getByText('✓ as the file expects').waitFor()
      const save = async (form: string, ending: string) => {
        const file = await saved(page, form, folder)
        t.equal(file.name, fileNameOf(name, ending, id))
        return file.bytes
      }

      const svg = (await save('SVG', 'svg')).toString()
      const [title] = elements(parsed(svg), 'title')
      t.equal(title?.textContent, `${name}: ${SENTENCE.slice(0, -1)}`)
      t.ok(textsIn(parsed(svg)).some((text) => text.endsWith('✓ as the file expects')))
      t.equal(svg, (await request(`${api}?format=svg`)).text, 'the console draws the same')

      const png = await save('PNG', 'png')
      t.ok(png.subarray(0, 8).equals(PNG), 'the signature of a PNG')
      const height = Number(parsed(svg).documentElement?.getAttribute('height'))
      t.same([png.readUInt32BE(16), png.readUInt32BE(20)], [2480, Math.floor(2 * height)], 'two px for one of the SVG')
      const colours = await coloursIn(page, png)
      t.ok(colours > 20, `${colours} colours`)

      t.equal((await save('HTML', 'html')).toString(), (await request(`${api}?format=html`)).text)
      t.same(entriesIn((await save('JSON', 'ndjson')).toString()), journal)
      const mermaid = (await save('Mermaid', 'mmd')).toString()
      t.equal(mermaid, (await request(`${api}?format=mermaid`)).text)
      t.same(
        mermaid.split('\n').filter((line) => !MERMAID.test(line)),
        []
      )
    })

    const page = pathToFileURL(join(folder, fileNameOf(name, 'html', id))).href
    await visit(t, browser, page, async (page) => {
      await page.context().setOffline(true)
      await page.reload()
      await page.getByRole('heading', { name: SENTENCE }).waitFor()
      await page.getByText('✓ as the file expects').waitFor()
      const svg = (await saved(page, 'SVG', folder)).bytes.toString()
      t.equal(svg, (await request(`${api}?format=svg`)).text, 'from the file the same')
      t.ok((await saved(page, 'PNG', folder)).bytes.subarray(0, 8).equals(PNG))
    })
  })

  void t.test(
    'a file that is opened without its console says to whom its commands go, or that there is nobody',
    async (t) => {
      const { console, run } = await started(t)
      const address = await run('morse')
      const page = (await request(`${console}/v1/runs/${idIn(address)}?format=html`)).text
      const folder = t.testdir()
      const orphan = page.replace(`,"origin":${JSON.stringify(console)}`, '')
      t.not(orphan, page)
      for (const [name, text] of Object.entries({ 'of-a-console': page, 'of-a-terminal': orphan })) {
        const file = join(folder, `${name}.html`)
        writeFileSync(file, text)
        await visit(t, browser, pathToFileURL(file).href, async (page) => {
          await page.context().setOffline(true)
          await page.getByText('✓ as the file expects').waitFor()
          await page.evaluate(
            'navigator.clipboard.writeText = (text) => { globalThis.copied = text; return Promise.resolve() }'
          )
          await page.keyboard.press('n')
          await page.locator('.panel .actions').waitFor()
          await page.keyboard.press('c')
          const button = page.getByRole('button', { name: 'Copy as curl' })
          if (name === 'of-a-terminal') {
            await page.getByText('There is no console that a command could be sent to: this run is a file.').waitFor()
            t.equal(await button.count(), 0)
          } else {
            await page.getByText(`curl command copied; it asks ${console}`).waitFor()
            t.match(await page.evaluate('globalThis.copied'), new RegExp(`^curl -s .*${console}/services/`))
            t.match(await button.getAttribute('title'), new RegExp(console))
          }
        })
      }
    }
  )

  void t.test('a browser shows the page and the picture that the console gives, and may do no more', async (t) => {
    const { console, run } = await started(t)
    const api = `${console}/v1/runs/${(await run('morse')).split('/').at(-1)}`
    await visit(t, browser, `${api}?format=html`, async (page) => {
      await page.getByRole('heading', { name: SENTENCE }).waitFor()
    })
    for (const [theme, ground] of [
      ['light', 'rgb(255, 255, 255)'],
      ['dark', 'rgb(22, 24, 27)']
    ] as const) {
      await visit(
        t,
        browser,
        `${api}?format=svg`,
        async (page) => {
          t.equal(await page.evaluate<string>('getComputedStyle(document.querySelector("rect")).fill'), ground)
          t.ok((await page.evaluate<number>('document.querySelectorAll("text").length')) > 50)
        },
        { theme }
      )
    }
  })
}

interface Saved {
  readonly name: string
  readonly bytes: Buffer
}

/** What a line of a sequence diagram may be, as far as ours have it. */
const MERMAID =
  /^$|^---$|^title: "|^sequenceDiagram$|^ {2}(?:participant \w+(?: as .+)?|Note (?:over|right of|left of) [\w,]+: .*|\w+(?:-|--)>>\w+: .*|%%.*)$/

/** Presses a form in the menu, and saves what comes under the name that it has in a folder. */
async function saved(page: Page, form: string, folder: string): Promise<Saved> {
  await page.locator('summary', { hasText: 'Export' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: new RegExp(`^${form}`) }).click()
  ])
  await page.locator('.export .menu').waitFor({ state: 'hidden' })
  const name = download.suggestedFilename()
  await download.saveAs(join(folder, name))
  return { name, bytes: readFileSync(join(folder, name)) }
}

/** How many colours a bitmap has, counted by a browser. */
const coloursIn = (page: Page, png: Buffer): Promise<number> =>
  page.evaluate<number>(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth
    canvas.height = image.naturalHeight
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size
  })()`)
