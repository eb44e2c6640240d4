import { randomUUID } from 'node:crypto'
import { atConsole, type AtConsole } from '../scenario/at-console.ts'
import { answerTo, type Answer, type Job } from './job.ts'

export interface OnServices extends Pick<AtConsole, 'keep' | 'asFarAsItGoes' | 'signal' | 'left'> {
  /** Called after each run, with how many are done. */
  readonly done: (count: number) => void
}

/**
 * Runs scenarios one after the other on the services behind a console's address, each on a machine of its own. The first one
 * that could not be run is the last.
 */
export async function onServices(
  jobs: readonly Pick<Job, 'scenario' | 'overrides'>[],
  url: string,
  { done, ...options }: OnServices
): Promise<readonly Answer[]> {
  const run = atConsole(url, { newMachine: () => `run-${randomUUID().slice(0, 8)}`, ...options })
  const answers: Answer[] = []
  for (const { scenario, overrides } of jobs) {
    const answer = await answerTo(() => run(scenario, overrides))
    answers.push(answer)
    if ('cannot' in answer) break
    done(answers.length)
  }
  return answers
}
