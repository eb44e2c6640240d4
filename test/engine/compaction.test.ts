import t from 'tap'
import { Compaction } from '../../shared/engine/compaction.ts'
import { Instance } from '../../shared/engine/instance.ts'
import { ACTIVE_ROWS, DEFAULT_RETENTION, HISTORY_ROWS } from '../../shared/engine/retention.ts'
import { memoryStore } from '../../shared/engine/store.ts'

/** Machines whose rows are counted: how many are behind snapshots at most, and how many snapshots there were. */
function machines(count: number) {
  let snapshots = 0
  let most = 0
  const store = { ...memoryStore(), snapshot: () => void snapshots++ }
  const compaction = new Compaction({ store, retention: DEFAULT_RETENTION, last: () => 0 })
  const instances = Array.from({ length: count }, (_, number) => new Instance(`m${number}`, {}))
  let now = 0
  return {
    row: (number: number) => {
      compaction.kept(instances[number % count] as Instance, ++now, 0)
      while (compaction.turn(now) > 0);
      most = Math.max(most, compaction.behind.rows)
    },
    seen: () => ({ snapshots, most })
  }
}

void t.test('a restart steps through so many rows, however many machines there are', async (t) => {
  const { row, seen } = machines(400)
  // Each machine does all that it does, and then lies there.
  for (let machine = 0; machine < 400; machine++) for (let n = 0; n < 30; n++) row(machine)

  const { snapshots, most } = seen()
  t.equal(most, HISTORY_ROWS)
  t.ok(snapshots < 400, `no machine needs more than one snapshot: ${snapshots}`)
})

void t.test(
  'where very many machines are at work at a time a snapshot stands for some rows, and not for one',
  async (t) => {
    const count = HISTORY_ROWS
    const rows = 20 * count
    const { row, seen } = machines(count)
    for (let n = 0; n < rows; n++) row(n)

    const { snapshots, most } = seen()
    t.ok(most <= ACTIVE_ROWS * count, `${most} rows`)
    t.ok(snapshots <= rows / ACTIVE_ROWS, `${snapshots} snapshots of ${rows} rows`)
  }
)
