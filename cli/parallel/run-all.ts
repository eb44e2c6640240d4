import { randomUUID } from 'node:crypto'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { progressOn } from '../progress.ts'
import { atConsole } from '../scenario/at-console.ts'
import { ServiceDown } from '../scenario/policy-at.ts'
import type { Answer, Job } from './job.ts'
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
    return await (url === undefined ? spread(jobs, done) : onServices(jobs, url, done))
  } finally {
    progress.end()
  }
}

async function onServices(
  jobs: readonly Job[],
  url: string,
  done: (count: number) => void
): Promise<readonly Answer[]> {
  const run = atConsole(url, {
    newMachine: () => `run-${randomUUID().slice(0, 8)}`,
    asFarAsItGoes: true,
    left: (machine, why) => process.stderr.write(`${plainLine(`machine ${machine} may be left at ${url}: ${why}`)}\n`)
  })
  const answers: Answer[] = []
  for (const { scenario, overrides } of jobs) {
    const start = performance.now()
    try {
      const result = await run(scenario, overrides)
      answers.push({ result, seconds: (performance.now() - start) / 1000 })
    } catch (problem) {
      const isDown = problem instanceof ServiceDown
      if (!isDown && !(problem instanceof StepError)) throw problem
      answers.push({ cannot: problem.message, because: isDown ? 'service-down' : 'step' })
      break
    }
    done(answers.length)
  }
  return answers
}
