import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import type { Snapshot, StoredInput } from '../../shared/engine/store.ts'

const row = (n: number, machine = 'm0'): StoredInput => ({
  form: 'wire',
  machine,
  id: `id-${n}`,
  type: 'error.inject',
  from: 'outside',
  cause: undefined,
  time: n,
  data: { text: 'x'.repeat(200) },
  place: 2 * n
})
const snapshotOf = (n: number, machine = 'm0', text = `"what it came to by ${n}"`): Snapshot => ({
  machine,
  form: 1,
  place: 2 * n + 1,
  last: 2 * n + 5,
  time: n,
  text
})

type Store = ReturnType<typeof sqliteStore>
const fill = (store: Store) => {
  for (let n = 1; n <= 10; n++) store.append(row(n, n % 2 === 0 ? 'm1' : 'm0'))
  store.markDelivered('m0', 'firmware', 3)
  store.snapshot(snapshotOf(10))
  store.append(row(11))
  store.flush()
}
const told = (store: Store) => ({
  snapshots: [...store.snapshots()],
  rows: [...store.inputs()].map(({ id, place }) => `${id} ${place}`),
  forgotten: store.forgotten
})
function sql(data: string, text: string): void {
  const db = new DatabaseSync(join(data, 'vmm.sqlite'))
  db.exec(text)
  db.close()
}

void t.test('a snapshot takes the place of the rows before it, of its machine alone', async (t) => {
  const data = t.testdir()
  const store = sqliteStore(data, 'vmm', 0)
  fill(store)
  t.equal(store.size?.().rows, 6)
  store.close()

  const again = sqliteStore(data, 'vmm', 0)
  t.strictSame(told(again), {
    snapshots: [snapshotOf(10)],
    rows: ['id-2 4', 'id-4 8', 'id-6 12', 'id-8 16', 'id-10 20', 'id-11 22'],
    forgotten: { last: 25, lost: 21 }
  })
  t.strictSame([...again.delivered()], [{ machine: 'm0', to: 'firmware', count: 3 }])
  again.snapshot(snapshotOf(12))
  again.close()

  const last = sqliteStore(data, 'vmm', 0)
  t.strictSame(told(last).snapshots, [snapshotOf(12)])
  t.strictSame(told(last).rows, ['id-2 4', 'id-4 8', 'id-6 12', 'id-8 16', 'id-10 20'])
  last.close()
})

void t.test('of a machine that was forgotten nothing is left but the positions that it had', async (t) => {
  const data = t.testdir()
  const store = sqliteStore(data, 'vmm', 0)
  fill(store)
  store.forget('m0', 40)
  store.append(row(1, 'm2'))
  store.close()

  const again = sqliteStore(data, 'vmm', 0)
  t.strictSame(told(again), {
    snapshots: [],
    rows: ['id-2 4', 'id-4 8', 'id-6 12', 'id-8 16', 'id-10 20', 'id-1 2'],
    forgotten: { last: 40, lost: 40 }
  })
  t.strictSame([...again.delivered()], [])
  again.forget('m1', 41)
  again.append(row(20, 'm1'))
  again.markDelivered('m1', 'guest', 1)
  again.close()

  const last = sqliteStore(data, 'vmm', 0)
  t.strictSame(told(last).rows, ['id-1 2', 'id-20 40'], 'one of its name begins anew')
  t.strictSame([...last.delivered()], [{ machine: 'm1', to: 'guest', count: 1 }])
  last.close()
})

void t.test('what was let go makes room for what comes', async (t) => {
  const data = t.testdir()
  const store = sqliteStore(data, 'vmm', 0)
  const sizes: number[] = []
  for (let round = 0; round < 30; round++) {
    for (let n = 1; n <= 50; n++) store.append(row(n, `m${round}`))
    store.flush()
    if (round % 2 === 0) store.snapshot(snapshotOf(50, `m${round}`))
    else store.forget(`m${round}`, 100)
    store.flush()
    sizes.push(statSync(join(data, 'vmm.sqlite')).size)
  }
  store.close()

  t.ok(statSync(join(data, 'vmm.sqlite')).size < 100_000, `${statSync(join(data, 'vmm.sqlite')).size} bytes`)
})

const DECAYS: Readonly<Record<string, readonly [sql: string, told: RegExp]>> = {
  'a snapshot is another': [
    `UPDATE snapshots SET text = replace(text, 'came', 'went')`,
    /vmm\.sqlite is damaged: the snapshot of m0 is not as it was written/
  ],
  'a snapshot is gone': ['DELETE FROM snapshots', /the snapshot of m0 is missing/],
  'a snapshot is of another machine': [
    `UPDATE snapshots SET machine = 'm1'`,
    /the snapshot of m1 is not as it was written/
  ],
  'a snapshot covers less than it says': [
    `UPDATE snapshots SET place = place - 1`,
    /the snapshot of m0 is not as it was written/
  ],
  'a row behind a snapshot is gone': [
    'DELETE FROM log WHERE seq = 11',
    /it holds 5 rows of 6: the end of a machine is missing/
  ]
}

for (const [name, [decay, message]] of Object.entries(DECAYS)) {
  void t.test(`${name}: the service does not start, and says so`, async (t) => {
    const data = t.testdir()
    const store = sqliteStore(data, 'vmm', 0)
    fill(store)
    store.close()
    sql(data, decay)

    const read = () => {
      const again = sqliteStore(data, 'vmm', 0)
      try {
        return told(again)
      } finally {
        again.close()
      }
    }
    t.throws(read, { name: 'StoreDamage', message })
  })
}
