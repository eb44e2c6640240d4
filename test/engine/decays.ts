import {
  closeSync,
  cpSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Test } from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import type { StoredInput } from '../../shared/engine/store.ts'

/** Rows of a data file, and what may become of such a file. */

export const EPOCH = Date.UTC(2026, 0, 1)
export const COUNT = 40

export const row = (i: number): StoredInput => ({
  form: 'wire',
  machine: i % 4 === 0 ? 'm1' : 'm0',
  id: `id-${i}`,
  type: 'error.inject',
  from: 'outside',
  cause: i % 3 === 0 ? 'a cause' : undefined,
  time: i * 1e9,
  data: { hostPhysical: `0x${(0x7a001000 + i).toString(16)}`, text: 'x'.repeat(200) }
})

/** Rows in a data directory as `kill -9` leaves it (the log is not merged), or as a graceful end does. */
export function written(t: Pick<Test, 'testdir'>, end: 'killed' | 'closed'): string {
  const directory = t.testdir({ live: {}, data: {} })
  const live = join(directory, 'live')
  const data = join(directory, 'data')
  const store = sqliteStore(live, 'hardware', EPOCH)
  for (let i = 1; i <= COUNT; i++) {
    store.append(row(i))
    if (i % 5 === 0) store.markDelivered('m0', 'firmware', i)
    store.flush()
  }
  if (end === 'killed') cpSync(live, data, { recursive: true })
  store.close()
  if (end === 'closed') cpSync(live, data, { recursive: true })
  return data
}

export const idsOf = (data: string) => {
  const store = sqliteStore(data, 'hardware')
  try {
    return [...store.inputs()].map(({ id }) => id)
  } finally {
    store.close()
  }
}

export const ALL = Array.from({ length: COUNT }, (_, i) => `id-${i + 1}`)
export const fileOf = (data: string) => join(data, 'hardware.sqlite')

function sql(data: string, text: string): void {
  const db = new DatabaseSync(fileOf(data))
  db.exec(text)
  db.close()
}

function flip(file: string, at: number): void {
  const [was = 0] = readFileSync(file).subarray(at, at + 1)
  const place = openSync(file, 'r+')
  writeSync(place, Uint8Array.of(was ^ 0x10), 0, 1, at)
  closeSync(place)
}

const LATE = '2026-01-01T00:00:39.000Z'
export const DECAYS: readonly {
  readonly name: string
  readonly end: 'killed' | 'closed'
  readonly decay: (data: string) => void
  readonly told: RegExp
}[] = [
  {
    name: 'one digit of an address is another',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE log SET data = replace(data, '0x7a00100a', '0x7a00100b') WHERE seq = 10`),
    told: /hardware\.sqlite is damaged: from row 10 \(m0, 2026-01-01T00:00:10\.000Z, error\.inject id-10\) on: it is not as it was written/
  },
  {
    name: 'the data of a row is no JSON any more',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE log SET data = '{"a"' WHERE seq = 3`),
    told: /from row 3 \(m0/
  },
  {
    name: 'a number of a row is one that no number of ours can be',
    end: 'closed',
    decay: (data) => sql(data, 'UPDATE log SET time = 288450598280963032 WHERE seq = 3'),
    told: /hardware\.sqlite is damaged: after row 2 .* SQLite says "Value is too large/
  },
  {
    name: 'a row in the middle is deleted',
    end: 'closed',
    decay: (data) => sql(data, 'DELETE FROM log WHERE seq = 10'),
    told: /from row 11 \(m0, .*what came before it is not there/
  },
  {
    name: 'the last row is deleted',
    end: 'closed',
    decay: (data) => sql(data, `DELETE FROM log WHERE seq = ${COUNT}`),
    told: /its last write is missing: it ends with row 39 of /
  },
  {
    name: 'the last row of a machine is deleted, and not of all',
    end: 'closed',
    decay: (data) => sql(data, 'DELETE FROM log WHERE seq = 39'),
    told: /it holds 39 rows of 40: the end of a machine is missing/
  },
  {
    name: 'what is kept of a machine besides its rows is deleted',
    end: 'closed',
    decay: (data) => sql(data, 'DELETE FROM accounts'),
    told: /the account of a machine is missing or another/
  },
  {
    name: 'the head with the newest row is another',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE log SET head = '1 ' || head WHERE seq = ${COUNT}`),
    told: /its head is not as it was written/
  },
  {
    name: 'all rows are deleted',
    end: 'closed',
    decay: (data) => sql(data, 'DELETE FROM log'),
    told: /its last 40 writes are missing: it holds no row/
  },
  {
    name: 'a row is written twice',
    end: 'closed',
    decay: (data) =>
      sql(
        data,
        `INSERT INTO log SELECT 99, machine, chain, NULL, form, id, type, sender, cause, time, place, body, effects, data FROM log WHERE seq = 5`
      ),
    told: /from row 99 /
  },
  {
    name: 'two rows have changed places',
    end: 'closed',
    decay: (data) =>
      sql(
        data,
        'UPDATE log SET seq = 100 WHERE seq = 6; UPDATE log SET seq = 6 WHERE seq = 7; UPDATE log SET seq = 7 WHERE seq = 100'
      ),
    told: /from row 6 /
  },
  {
    name: 'a mark of a delivery is another',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE accounts SET marks = '{"firmware":41}' WHERE machine = 'm0'`),
    told: /the account of machine m0 is not as it was written/
  },
  {
    name: 'a machine is gone with all its rows',
    end: 'closed',
    decay: (data) => sql(data, `DELETE FROM accounts WHERE machine = 'm1'; DELETE FROM log WHERE machine = 'm1'`),
    told: /its last write is missing/
  },
  {
    name: 'the epoch is another',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE meta SET value = '1' WHERE name = 'epochMs'`),
    told: /its epochMs is not as it was written/
  },
  {
    name: 'the head is another',
    end: 'closed',
    decay: (data) => sql(data, 'UPDATE head SET rows = 39'),
    told: /its head is not as it was written/
  },
  {
    name: 'the log of SQLite is gone',
    end: 'killed',
    decay: (data) => rmSync(`${fileOf(data)}-wal`),
    told: /its last 40 writes are missing: it holds no row, but row 40 of /
  },
  {
    name: 'the log of SQLite is cut',
    end: 'killed',
    decay: (data) => truncateSync(`${fileOf(data)}-wal`, Math.floor(statSync(`${fileOf(data)}-wal`).size / 2)),
    told: new RegExp(
      `its last \\d+ writes are missing: it ends with row \\d+ of .*, but row 40 of 2026-01-01T00:00:40.000Z had been kept`
    )
  },
  {
    name: 'a byte in the log of SQLite is another',
    end: 'killed',
    decay: (data) => flip(`${fileOf(data)}-wal`, Math.floor(statSync(`${fileOf(data)}-wal`).size / 2)),
    told: /its last \d+ writes are missing/
  },
  {
    name: 'the last write is gone from the log of SQLite',
    end: 'killed',
    decay: (data) => truncateSync(`${fileOf(data)}-wal`, statSync(`${fileOf(data)}-wal`).size - 1),
    told: new RegExp(`its last write is missing: it ends with row 39 of ${LATE}`)
  },
  {
    name: 'the file is empty',
    end: 'closed',
    decay: (data) => truncateSync(fileOf(data)),
    told: /it is empty or gone, but 40 rows were kept in it, as .*hardware\.head shows/
  },
  {
    name: 'the file is gone',
    end: 'closed',
    decay: (data) => rmSync(fileOf(data)),
    told: /it is empty or gone/
  },
  {
    name: 'the file is cut in the middle',
    end: 'closed',
    decay: (data) => truncateSync(fileOf(data), 8192),
    told: /SQLite says "database disk image is malformed"/
  },
  {
    name: 'the file is text',
    end: 'closed',
    decay: (data) => writeFileSync(fileOf(data), 'nothing of the kind\n'.repeat(1000)),
    told: /SQLite says "file is not a database"/
  },
  {
    name: 'the file beside it is gone',
    end: 'closed',
    decay: (data) => rmSync(join(data, 'hardware.head')),
    told: /hardware\.head is damaged: it is gone/
  },
  {
    name: 'the file beside it is another',
    end: 'closed',
    decay: (data) => flip(join(data, 'hardware.head'), 60),
    told: /hardware\.head is damaged: it is not as it was written/
  },
  {
    name: 'it is the file of another layer',
    end: 'closed',
    decay: (data) => sql(data, `UPDATE meta SET value = 'vmm' WHERE name = 'layer'`),
    told: /its layer is not as it was written/
  }
]
