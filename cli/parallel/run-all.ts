import { plainLine } from '../../shared/contracts/plain-text.ts'
import { progressOn } from '../progress.ts'
import type { Answer, Job } from './job.ts'
import { onServices } from './on-services.ts'
import { unreachable } from './reachable.ts'
import { spread } from './spread.ts'

/**
 * Runs jobs as far as they go, in this process over all its cores, or one after the other on the services behind a
 * console's address; how far that is stands on a terminal meanwhile. Of policies at addresses each must be there.
 */
export async function runAll(jobs: readonly Job[], url: string | undefined): Promise<readonly Answer[]> {
  const policies = new Set(jobs.flatMap(({ overrides: { policy } }) => policy ?? []))
  const why = await unreachable([...policies].filter((policy) => /^https?:/.test(policy)))
  if (why !== undefined) return [{ cannot: why, because: 'service-down' }]
  const progress = progressOn(process.stderr, 'runs')
  const done = (count: number) => progress.tell(count, jobs.length)
  try {
    return await (url === undefined
      ? spread(jobs, done)
      : onServices(jobs, url, { asFarAsItGoes: true, left: leftAt(url), done }))
  } finally {
    progress.end()
  }
}

const leftAt = (url: string) => (machine: string, why: string) =>
  void process.stderr.write(`${plainLine(`machine ${machine} may be left at ${url}: ${why}`)}\n`)
