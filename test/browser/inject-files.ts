import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { PRESETS } from '../../shared/scenario/presets.ts'
import { request } from '../support/requests.ts'
import { WHOLE_RECORD } from '../formats/whole-record.ts'
import { drop, inEditor, linesOf, runWith } from './inject-page.ts'
import { started } from './started.ts'
import { visit } from './visit.ts'

const shipped = (name: string) => readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url))
const BLOCK = memoryReport({ severity: 'recoverable', threshold: false, physicalAddress: 0x7c001000n })
const HEST = Uint8Array.fromBase64(/table: '([^']+)'/.exec(shipped('field/s5000c-notify-length').toString())?.[1] ?? '')

const BY_HAND = 'seabus: 1\ntitle: by hand\nsteps:\n  - touch: redis\n'

export function injectFiles(t: Test, browser: Browser): void {
  void t.test('each preset is a scenario that runs as it stands', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, console, async (page) => {
      for (const { title } of PRESETS) {
        const editor = await inEditor(page, console)
        const preset = page.getByRole('button', { name: title })
        await preset.click()
        t.equal(await preset.getAttribute('aria-pressed'), 'true')
        t.equal((await linesOf(editor))[1], `title: ${title}`)

        const run = await runWith(page, () => page.getByRole('button', { name: /^Run Ctrl/ }).click())

        const { json } = await request(`${console}/v1/runs/${run}`)
        t.match(json, { state: 'ended', name: title })
        const { sentence } = json as { readonly sentence: string }
        await page.getByRole('heading', { level: 1, name: sentence }).waitFor()
      }
    })
  })

  void t.test('a form asks for the fields of a step and adds it as one line', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, console, async (page) => {
      const editor = await inEditor(page, console)
      await page.getByText('Add a step by a form').click()
      const form = page.locator('.add-step form')
      await form.getByRole('combobox').first().selectOption('einj')
      await form.getByLabel(/^type/).fill('16')
      await form.getByLabel(/^task/).fill('redis')

      await form.getByRole('button', { name: 'Add to the scenario' }).click()

      t.equal((await linesOf(editor)).at(-2), '  - einj: { type: 16, task: redis }')
      t.equal(await page.getByRole('button', { name: /^Run Ctrl/ }).isDisabled(), false)
    })
  })

  void t.test('a scenario that is dropped is in the editor, named as its file', async (t) => {
    const { console } = await started(t)
    await visit(t, browser, `${console}/#/matrix`, async (page) => {
      await drop(
        page,
        'mine.yaml',
        new TextEncoder().encode('seabus: 1\r\ntitle: mine\r\nsteps:\r\n  - tuch: redis\r\n')
      )
      await page.getByRole('button', { name: /^mine\.yaml:4:5: .*tuch/ }).waitFor()

      await drop(page, '02.yaml', shipped('02-counter-example'))
      await page.getByRole('button', { name: /^mine\.yaml/ }).waitFor({ state: 'detached' })
      await runWith(page, () => page.getByRole('button', { name: /^Run Ctrl/ }).click())
      await page.getByText('✓ as the file expects').waitFor()
    })
  })

  void t.test(
    'what was written and has given way to a file or a preset can be put back, and so can what came',
    async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        const editor = await inEditor(page, console)
        const back = page.getByRole('button', { name: 'Put it back' })
        await drop(page, '02.yaml', shipped('02-counter-example'))
        await page.locator('.cm-line', { hasText: 'The counter-example' }).first().waitFor()
        t.equal(await back.count(), 0, 'a preset as it stands is lost by nobody')

        await editor.fill(BY_HAND)
        const written = await linesOf(editor)
        await drop(page, 'mine.yaml', shipped('10-vmm-own-memory'))
        await page.getByText('mine.yaml stands in the place of what you had').waitFor()
        await page.getByRole('button', { name: 'Patrol scrub' }).click()
        await back.click()
        t.match((await linesOf(editor))[0], /^# /, 'the file, which gave way to the preset')

        await editor.fill(BY_HAND)
        await page.getByRole('button', { name: 'Patrol scrub' }).click()
        await back.click()
        t.strictSame(await linesOf(editor), written)
        t.equal(await back.count(), 0)
      })
    }
  )

  for (const [what, name, bytes, format, told] of [
    ['a status block', 'block.bin', BLOCK, /generic error status block, \d+ B/, /Record in the status block/],
    ['a UEFI record', 'record.cper', WHOLE_RECORD, /CPER record, \d+ B/, /Record in the status block/],
    ['a HEST', 'hest.dat', HEST, /Hardware Error Source Table, \d+ B/, /Record in the status block/]
  ] as const) {
    void t.test(`${what} that is dropped is shown with its fields, and a machine is told of it`, async (t) => {
      const { console } = await started(t)
      await visit(t, browser, console, async (page) => {
        await inEditor(page, console)
        await drop(page, name, bytes)
        const given = page.getByRole('region', { name })
        await given.getByText(format).waitFor()
        await given.getByRole('treeitem').first().waitFor()

        await given.getByRole('button', { name: 'Put into a scenario' }).click()
        await runWith(page, () => page.getByRole('button', { name: /^Run Ctrl/ }).click())

        await page.getByRole('row', { name: told }).first().waitFor()
        await hasEnded(t, page, console)
      })
    })
  }
}

async function hasEnded(t: Test, page: Page, console: string): Promise<void> {
  const { json } = await request(`${console}/v1/runs/${page.url().split('/').at(-1) ?? ''}`)
  t.match(json, { state: 'ended' })
}
