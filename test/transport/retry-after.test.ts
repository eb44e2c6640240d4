import t from 'tap'
import { retryAfterMs } from '../../shared/transport/retry-after.ts'
import { postTransport } from '../../shared/transport/post.ts'
import type { Timers } from '../../shared/transport/timers.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { foreign } from '../service/http.ts'
import { toPolicy } from './link-peers.ts'

const NOW = 'Tue, 15 Nov 1994 08:12:31 GMT'
const NOW_MS = Date.UTC(1994, 10, 15, 8, 12, 31)

void t.test('Retry-After is read in seconds and as a date; of what is neither nothing is known', async (t) => {
  t.equal(retryAfterMs('0', undefined, NOW_MS), 0)
  t.equal(retryAfterMs('120', undefined, NOW_MS), 120_000)
  t.equal(retryAfterMs('Tue, 15 Nov 1994 08:12:41 GMT', undefined, NOW_MS), 10_000)
  t.equal(retryAfterMs('Tue, 15 Nov 1994 08:12:21 GMT', undefined, NOW_MS), 0, 'long ago')
  for (const text of [undefined, '', '-1', '1.5', 'soon', '2026-01-01', 'Xyz, 99 Xyz 9999 99:99:99 GMT']) {
    t.equal(retryAfterMs(text, NOW, NOW_MS), undefined, String(text))
  }
})

void t.test('a date counts from the time that the receiver says it is, whatever ours is', async (t) => {
  t.equal(retryAfterMs('Tue, 15 Nov 1994 08:12:41 GMT', NOW, 0), 10_000)
  t.equal(retryAfterMs('Tue, 15 Nov 1994 08:12:41 GMT', 'today', NOW_MS), 10_000)
})

for (const [status, after, pauseMs] of [
  [429, '1', 1000],
  [503, '30', 30_000],
  [503, 'Tue, 15 Nov 1994 08:12:38 GMT', 7000],
  [503, 'soon', 10]
] as const) {
  void t.test(
    `a message that is answered ${status} with Retry-After: ${after} is sent again after ${pauseMs} ms`,
    async (t) => {
      let times = 0
      const policy = await foreign((_request, response) => {
        if (++times > 1)
          return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":"0x4"}')
        response.writeHead(status, { 'retry-after': after, date: NOW }).end()
      })
      const pauses: number[] = []
      // Time flies, and says how far.
      const timers: Timers = {
        setTimer(ns, fire) {
          pauses.push(ns / 1e6)
          setImmediate(fire)
          return () => undefined
        }
      }
      const transport = postTransport({ from: 'vmm', urls: { policy: policy.url }, timers })
      t.teardown(async () => {
        await transport.close()
        policy.close()
      })

      const reply = await new Promise<Reply>((resolve) => void transport.deliver(toPolicy('q'), resolve))

      t.match(reply, { kind: 'answered', answer: { value: '0x4' } })
      t.strictSame(pauses, [pauseMs])
    }
  )
}
