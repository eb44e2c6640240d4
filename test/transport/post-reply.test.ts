import t from 'tap'
import { problem, type ProblemCode } from '../../shared/contracts/problem.ts'
import { replyOf } from '../../shared/transport/post-reply.ts'
import { toGuest } from './link-peers.ts'

/** Why a message is sent again after this answer; undefined when it is not. */
function whyAgain(status: number, code?: ProblemCode): string | undefined {
  const text = code === undefined ? '<html>' : JSON.stringify(problem(code, 'says the guest'))
  const reply = replyOf(toGuest('a'), status, false, text)
  return reply.kind === 'refused' ? reply.passing : undefined
}

void t.test('an answer that refuses a message says whether it is sent again, and for what reason', async (t) => {
  const answers: readonly [number, ProblemCode | undefined, string | undefined][] = [
    [202, undefined, undefined],
    [400, undefined, undefined],
    [409, 'kernel-panicked', undefined],
    [501, undefined, undefined],
    [500, 'model-fault', undefined],
    [404, 'machine-unknown', 'absent'],
    [500, undefined, 'failing'],
    [408, undefined, 'failing'],
    [425, undefined, 'failing'],
    [429, undefined, 'busy'],
    [429, 'rate-exceeded', 'busy'],
    [502, undefined, 'busy'],
    [503, undefined, 'busy'],
    [503, 'shutting-down', 'busy'],
    [503, 'neighbour-backlog', 'busy'],
    [504, undefined, 'busy'],
    [504, 'answer-late', 'unable'],
    [507, undefined, 'unable'],
    [507, 'storage-full', 'unable'],
    [401, 'token-missing', 'unable']
  ]
  for (const [status, code, why] of answers) t.equal(whyAgain(status, code), why, `${status} ${code ?? ''}`)
})

void t.test('the last answer is the reason for which a message is given up', async (t) => {
  const bare = replyOf(toGuest('a'), 503, false, '')
  t.match(bare, { problem: { code: 'neighbour-refused', detail: 'guest answered 503' } })
})
