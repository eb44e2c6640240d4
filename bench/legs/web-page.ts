import type { Page } from 'playwright-core'
import { chromiumPath, startChromium } from '../../test/browser/chromium.ts'
import { keepRuns } from '../../test/browser/kept-runs.ts'
import { elementsIn } from '../../test/browser/visit.ts'
import type { Figure, Result, Scale } from '../figure.ts'
import { startChild } from '../processes/child.ts'
import { newDirectory } from '../processes/directory.ts'
import { portBase } from '../processes/ports.ts'
import { watchTasks } from './page-tasks.ts'

const RUNS = 2000
/** Tasks that each lose a page: what comes of it is some hundred entries a task. */
const TASKS = { full: 60, quick: 20 } as const
const DESK = { width: 1440, height: 900 }

/** Throws where there is no Chromium. */
export async function run(scale: Scale): Promise<Result> {
  const path = chromiumPath()
  if (path === undefined) throw new Error('no chromium on the PATH: apt-get install chromium')
  const [data, base] = [newDirectory(), await portBase()]
  keepRuns(data, RUNS - 1)
  const env = { SEABUS_PORT_BASE: String(base), SEABUS_LOG: 'error', SEABUS_DATA: data }
  const services = startChild('cli/start.ts', { env })
  await services.says('Ctrl-C ends it.')
  const console = `http://127.0.0.1:${base}`
  const { id, entries } = await longRun(console, TASKS[scale])
  const { browser, close } = await startChromium(path)
  const figures: Figure[] = []
  const look = async (
    name: string,
    address: string,
    goal: 'pageList' | 'pageRun',
    use: (page: Page) => Promise<void>
  ) => {
    const context = await browser.newContext({ viewport: DESK, reducedMotion: 'reduce' })
    context.setDefaultTimeout(120_000)
    const page = await context.newPage()
    const tasks = await watchTasks(page)
    await page.goto(address)
    await use(page)
    const { wall, cpu } = await tasks()
    figures.push({ name: `${name}: CPU time of its longest task`, unit: 'ms', value: cpu, goals: [goal] })
    figures.push({ name: `${name}: longest task by the clock`, unit: 'ms', value: wall })
    figures.push({ name: `${name}: elements`, unit: 'elements', value: await elementsIn(page) })
    await context.close()
  }
  try {
    await look(`${RUNS} runs`, console, 'pageList', useList)
    await look(`a run of ${entries} entries`, `${console}/#/run/${id}`, 'pageRun', useRun)
  } finally {
    await close()
    await services.stop()
  }
  return { figures, warmUps: [], notes: [] }
}

async function useList(page: Page): Promise<void> {
  const list = page.getByRole('list', { name: 'Runs, newest first' })
  await page.getByText(`${RUNS} of ${RUNS}`).waitFor()
  await list.press('End')
  await page.getByText('run (9)', { exact: true }).waitFor()
  await list.press('Home')
  await page.getByLabel('Filter runs').fill('(77)')
  await page.getByText('run (77)').waitFor()
}

async function useRun(page: Page): Promise<void> {
  const rows = page.getByRole('treegrid')
  await page.getByText('✓ as the file expects').waitFor()
  await page.getByRole('button', { name: 'Everything' }).click()
  await page.getByRole('button', { name: 'Everything', pressed: true }).waitFor()
  await rows.press('End')
  await rows.press('Home')
  await page.getByRole('slider').press('Home')
  await page.getByRole('slider').press('End')
}

async function longRun(console: string, tasks: number): Promise<{ readonly id: string; readonly entries: number }> {
  const names = Array.from({ length: tasks }, (_, nth) => `t${nth}`)
  const scenario = {
    seabus: 1,
    title: 'Many tasks lose a page each',
    vms: [{ memory: '512M', tasks: names }],
    steps: names.flatMap((name) => [{ touch: name }, { poison: name }, { touch: name }]),
    expect: { host: 'running' }
  }
  const headers = { 'content-type': 'application/json' }
  const begun = await fetch(`${console}/v1/runs`, { method: 'POST', headers, body: JSON.stringify({ scenario }) })
  if (!begun.ok) throw new Error(`the long run: ${begun.status} ${await begun.text()}`)
  const { id } = (await begun.json()) as { readonly id: string }
  const kept = await fetch(`${console}/v1/runs/${id}`)
  return (await kept.json()) as { readonly id: string; readonly entries: number }
}
