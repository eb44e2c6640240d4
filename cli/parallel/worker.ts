import { answerOf } from './job.ts'

/** What a thread of the pool does with each job. */
export default answerOf
