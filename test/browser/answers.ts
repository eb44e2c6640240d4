import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { ranScenario, started } from './started.ts'
import { visit } from './visit.ts'

/** What a reader who knows nothing but the page asks of it, answered from its text as it stands, without a click. */
export function answers(t: Test, browser: Browser): void {
  void t.test('of a story that ends well the page says who died, who was told how, and what was chosen', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('morse'), async (page) => {
      await page.getByText('✓ as the file expects').waitFor()

      t.equal(
        await page.getByRole('heading', { level: 1 }).innerText(),
        'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on.',
        'who died of what, who goes on'
      )
      const told = await toldIn(page)
      for (const [by, whom, address] of [
        ['SError', 'firmware', '0x7c001000'],
        ['GSIV', 'the host kernel', '0x7c001000'],
        ['BUS_MCEERR_AO', 'the VMM', '0xffff80001000'],
        ['SEA', 'the guest kernel', '0xffff90000018'],
        ['BUS_MCEERR_AR', 'redis, fatal', '0xffff90000018']
      ] as const) {
        t.ok(told.includes(`${by} → ${whom} ${address}`), `${by} → ${whom} ${address} in ${told.join('; ')}`)
      }
      const why = await page.getByRole('complementary', { name: 'The run' }).innerText()
      t.match(why, /BUS_MCEERR_AO → notify-interrupt\s+Nobody has consumed the error/)
      t.match(why, /BUS_MCEERR_AR → inject-sea\s+A guest access hit a page that is gone/)
      t.equal(await page.getByText('Better:').count(), 0, 'nothing better could have been done')
    })
  })

  void t.test('of a story that ends badly it says as well what would have been better', async (t) => {
    const { run } = await started(t)
    await visit(t, browser, await run('sei'), async (page) => {
      await page.getByText('✓ as the file expects').waitFor()

      t.match(
        await page.getByRole('heading', { level: 1 }).innerText(),
        /^The guest kernel panicked on an SError that it could have survived; redis and nginx are lost with it; the host goes on\.$/
      )
      const told = await toldIn(page)
      t.ok(told.includes('SError → the guest kernel no address'), told.join('; '))
      t.match(await page.getByRole('complementary', { name: 'The run' }).innerText(), /BUS_MCEERR_AR → inject-serror/)
      t.match(
        await page.getByRole('region', { name: 'Verdict' }).innerText(),
        /Better: The policy chose inject-serror; told by an SEA, .* the guest would have lost no more than redis\./
      )
    })
  })

  for (const { name, changes, died, told, chosen, elsewhere } of OTHERS) {
    void t.test(`the same of ${name} ${JSON.stringify(changes)}`, async (t) => {
      const { console } = await started(t)
      await visit(t, browser, await ranScenario(console, name, changes), async (page) => {
        await page.getByRole('heading', { level: 1, name: died }).waitFor()
        const hops = await toldIn(page)
        for (const one of told) t.ok(hops.includes(one), `${one} in ${hops.join('; ')}`)
        t.match(await page.getByRole('complementary', { name: 'The run' }).innerText(), chosen)
        const verdict = page.getByRole('region', { name: 'Verdict' })
        await verdict.getByText('The same fault elsewhere:').waitFor()
        await verdict.getByText(elsewhere).waitFor()
      })
    })
  }
}

/** Scenarios beside the two stories, and what their page has to answer. */
const OTHERS = [
  {
    name: '10-vmm-own-memory',
    changes: {},
    died: /^The VMM was killed by BUS_MCEERR_AR .*; the guest, redis and nginx are lost with it; the host goes on/,
    told: ['GSIV → the host kernel 0x7bff0000', 'BUS_MCEERR_AO → the VMM 0xaaaab0000000'],
    chosen: /BUS_MCEERR_AR → kill-vmm/,
    elsewhere: /nothing milder is known, from 13 VMMs and policies of the matrix/
  },
  {
    name: '13-uncontained',
    changes: {},
    died: /^Firmware stopped the platform: .* is uncontainable; the guest, redis and nginx are lost with it/,
    told: ['SError → firmware 0x7c001000', 'panicked firmware'],
    chosen: /No policy was asked/,
    elsewhere: /nothing milder is known/
  },
  {
    name: '01-story',
    changes: { vmm: 'kvmtool' },
    died: /^The VMM was killed by BUS_MCEERR_AR .*; the guest, redis and nginx are lost with it; the host goes on/,
    told: ['stage-2-fault → KVM 0x40001000', 'BUS_MCEERR_AR → the VMM, fatal 0xffff80001000'],
    chosen: /No policy was asked/,
    elsewhere: /it ended milder, process killed, with reference, policy morse; .*; and \d+ more/
  }
] as const

/** Each that was told as one line: by what, who, with which address. */
const toldIn = async (page: Page): Promise<readonly string[]> => {
  const hops = page.getByRole('navigation', { name: 'Who was told, in order' }).getByRole('listitem')
  return (await hops.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())
}
