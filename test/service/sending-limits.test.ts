import t from 'tap'
import { sendingLimitsFromEnv } from '../../shared/service/sending-limits.ts'
import { HELD_BOUNDS } from '../../shared/transport/held.ts'
import { PATIENCE_MS } from '../../shared/transport/patience.ts'

void t.test('how much waits for a neighbour, and how long it is tried, is set by variables', async (t) => {
  t.strictSame(sendingLimitsFromEnv({}), { bounds: HELD_BOUNDS, patience: PATIENCE_MS })
  t.strictSame(
    sendingLimitsFromEnv({
      SEABUS_BACKLOG_BYTES: '2000000',
      SEABUS_MACHINE_BACKLOG_BYTES: '1000000',
      SEABUS_PATIENCE_ABSENT: '1',
      SEABUS_PATIENCE_FAILING: '0',
      SEABUS_PATIENCE_BUSY: '3600'
    }),
    {
      bounds: { machineBytes: 1_000_000, neighbourBytes: 2_000_000 },
      patience: { absent: 1000, failing: Infinity, busy: 3_600_000 }
    }
  )
})

void t.test('what all machines may have waiting bounds one of them too', async (t) => {
  t.match(sendingLimitsFromEnv({ SEABUS_BACKLOG_BYTES: '1000' }), {
    bounds: { machineBytes: 1000, neighbourBytes: 1000 }
  })
})

void t.test('a limit that makes no sense keeps a service from starting, and says which one it is', async (t) => {
  const wrong: readonly [Record<string, string>, RegExp][] = [
    [{ SEABUS_BACKLOG_BYTES: '32M' }, /SEABUS_BACKLOG_BYTES must be a whole number up to \d+, not 32M/],
    [{ SEABUS_BACKLOG_BYTES: '0' }, /SEABUS_BACKLOG_BYTES must be at least 1 byte/],
    [{ SEABUS_MACHINE_BACKLOG_BYTES: '0' }, /SEABUS_MACHINE_BACKLOG_BYTES must be at least 1 byte/],
    [
      { SEABUS_BACKLOG_BYTES: '10', SEABUS_MACHINE_BACKLOG_BYTES: '11' },
      /SEABUS_MACHINE_BACKLOG_BYTES must not be over SEABUS_BACKLOG_BYTES.*11 and 10/
    ],
    [{ SEABUS_PATIENCE_BUSY: '-1' }, /SEABUS_PATIENCE_BUSY must be a whole number/]
  ]
  for (const [env, says] of wrong) t.throws(() => sendingLimitsFromEnv(env), { message: says })
})
