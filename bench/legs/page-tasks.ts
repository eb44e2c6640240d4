import type { CDPSession, Page } from 'playwright-core'

/** An event of Chromium's tracing, as far as it is looked at; times in µs. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  /** What of `dur` the thread was running. */
  readonly tdur?: number
}

/** The longest task of a page's main thread, in ms. */
export interface LongestTask {
  /** By the clock: on a busy machine also what others took meanwhile. */
  readonly wall: number
  /** Of the processor. */
  readonly cpu: number
}

const MARK = 'seabus'
const TASK = /(?:^|::)RunTask$/

/**
 * Watches the tasks of a page: what it does without answering in between, scripts, style and drawing. To be begun before the
 * page is opened; what it gives ends it. Throws where the browser tells of no task.
 */
export async function watchTasks(page: Page): Promise<() => Promise<LongestTask>> {
  const session = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value) events.push(event as unknown as TraceEvent)
  })
  const traceConfig = { includedCategories: ['toplevel', 'blink.user_timing'] }
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig })
  return async () => {
    // The mark tells which of the browser's threads is the page's.
    await page.evaluate(`performance.mark('${MARK}')`)
    await ended(session)
    const mark = events.find(({ name }) => name === MARK)
    const tasks = events.filter(({ name, pid, tid }) => TASK.test(name) && pid === mark?.pid && tid === mark.tid)
    if (tasks.length === 0) throw new Error('the trace of Chromium has no task of the page')
    const longest = (of: (event: TraceEvent) => number | undefined) =>
      tasks.reduce((most, event) => Math.max(most, of(event) ?? 0), 0) / 1000
    return { wall: longest(({ dur }) => dur), cpu: longest(({ tdur }) => tdur) }
  }
}

async function ended(session: CDPSession): Promise<void> {
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
}
