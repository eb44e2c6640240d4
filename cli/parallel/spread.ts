import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Tinypool } from 'tinypool'
import { answerOf, type Answer, type Job } from './job.ts'

/** Fewer than this are done in this thread sooner than other threads have started. */
const WORTH_THREADS = 8

/**
 * Runs scenarios in this process, over all cores when there are many, and gives what came of each in the order of the jobs.
 * `done` is called after each, with how many are done. After a job that could not be run nothing is promised of those behind.
 */
export async function spread(jobs: readonly Job[], done: (count: number) => void): Promise<readonly Answer[]> {
  let count = 0
  const counted = (answer: Answer) => {
    done(++count)
    return answer
  }
  if (jobs.length < WORTH_THREADS || availableParallelism() < 2) {
    const answers: Answer[] = []
    for (const job of jobs) {
      const answer = counted(await answerOf(job))
      answers.push(answer)
      if ('cannot' in answer) break
    }
    return answers
  }
  const filename = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url).href
  const threads = Math.min(availableParallelism(), jobs.length)
  const pool = new Tinypool({ filename, minThreads: threads, maxThreads: threads })
  try {
    return await Promise.all(jobs.map(async (job) => counted((await pool.run(job)) as Answer)))
  } finally {
    await pool.destroy()
  }
}
