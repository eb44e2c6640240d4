import fc from 'fast-check'
import t from 'tap'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { nextPollDelayNs, pollExpiry } from '../../../shared/linux/apei/ghes-poll.ts'
import { HZ } from '../../../shared/linux/kernel/jiffies.ts'
import { ghesMachine, source } from './ghes-machine.ts'

const jiffies = fc.integer({ min: 2 ** 32 - 75000, max: 2 ** 33 })
const interval = fc.integer({ min: 1, max: 2500 })
const cpu = fc.integer({ min: 0, max: 255 })

void t.test('the poll timer is rounded so that expiry and now together are a whole second', async () => {
  fc.assert(
    fc.property(jiffies, interval, cpu, (now, ticks, cpu) => {
      const expiry = pollExpiry(now, ticks, cpu)
      const shift = expiry - (now + ticks)
      return (expiry + now + 3 * cpu) % HZ === 0 && shift > -HZ / 4 && shift <= (3 * HZ) / 4
    })
  )
})

const polledAt = (now: number, pollInterval: number, cpu = 0): number | undefined => {
  const sources = [source(1, NOTIFY.polled, { notification: hestNotification(NOTIFY.polled, { pollInterval }) })]
  const machine = ghesMachine({}, { sources })
  machine.now = now
  const [ghes] = machine.k.ghes
  return ghes && nextPollDelayNs(machine.k, ghes, cpu)
}

void t.test('A40: with an interval of 100 ms a poll may come after up to 0.85 s', async (t) => {
  const delays = Array.from({ length: 250 }, (_, i) => polledAt(1e9 + i * 4e6, 100) ?? 0)

  t.equal(Math.min(...delays), 4e6, 'or at the next tick')
  t.ok(Math.max(...delays) > 0.84e9 && Math.max(...delays) <= 0.85e9)
})

void t.test('a poll is due at a tick, and never for an interval of 0', async (t) => {
  const delay = polledAt(1e9 + 1_500_000, 200) ?? 0

  t.equal((1e9 + 1_500_000 + delay) % 4e6, 0)
  t.equal(polledAt(1e9, 0), undefined)
})
