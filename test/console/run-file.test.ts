import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { RUN_FILE, sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import type { Packed, RunSummary } from '../../services/console/runs/kept-run.ts'
import { ShelfChanges } from '../../services/console/runs/shelf-changes.ts'
import { memoryRunFile, Shelf, type RunFile } from '../../services/console/runs/shelf.ts'
import { StoreDamage } from '../../shared/engine/sqlite/damage.ts'

function directory(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'seabus-runs-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const run = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
  id,
  machine: id,
  name: `title of ${id}`,
  state: 'ended',
  linux: '6.1',
  setup: {},
  keeps: false,
  started: '2026-01-01T00:00:00.000Z',
  entries: 1,
  ...more
})
const packed = (bytes: number): Packed => ({ details: new Uint8Array(bytes).fill(7), journal: new Uint8Array(bytes) })
const ids = (shelf: Shelf) => shelf.summaries().map(({ id }) => id)

const FILES: Readonly<Record<string, (t: Test) => RunFile>> = {
  'in this process': memoryRunFile,
  'in a file': (t) => sqliteRunFile(directory(t))
}
for (const [where, fileOf] of Object.entries(FILES)) {
  void t.test(`${where}: the oldest runs give way, by number and by bytes, and never one that is under way`, (t) => {
    const shelf = new Shelf(fileOf(t), { runs: 3, bytes: 100 })
    t.teardown(() => shelf.close())

    shelf.put(run('a', { state: 'running' }), packed(1))
    for (const id of ['b', 'c', 'd']) shelf.put(run(id), packed(10))
    t.strictSame(ids(shelf), ['d', 'c', 'a'])
    shelf.put(run('d'), packed(40))
    t.strictSame(ids(shelf), ['d', 'a'], 'more bytes than there may be')
    shelf.put(run('a'), packed(1))
    shelf.put(run('e'), packed(10))
    t.strictSame(ids(shelf), ['e', 'd'], 'it is over, and the oldest')
    t.equal(shelf.read('c'), undefined)
    t.strictSame(shelf.read('e')?.journal.length, 10)
    t.end()
  })

  void t.test(`${where}: of a run that alone is over the bound only the summary is kept`, (t) => {
    const shelf = new Shelf(fileOf(t), { runs: 3, bytes: 100 })
    t.teardown(() => shelf.close())

    shelf.put(run('a'), packed(10))
    shelf.put(run('b'), packed(51))

    t.strictSame(ids(shelf), ['b', 'a'])
    t.equal(shelf.read('b')?.details.length, 0)
    t.end()
  })
}

void t.test('runs are there again, in their order, when their file is opened again', (t) => {
  const folder = directory(t)
  const bounds = { runs: 10, bytes: 1000 }
  const first = new Shelf(sqliteRunFile(folder), bounds)
  for (const id of ['a', 'b', 'c']) first.put(run(id, { state: 'running' }), packed(5))
  first.put(run('b', { sentence: 'redis was killed' }), packed(6))
  first.delete('a')
  first.close()

  const second = new Shelf(sqliteRunFile(folder), bounds)
  t.match(second.summaries(), [
    { id: 'c', state: 'running' },
    { id: 'b', state: 'ended', sentence: 'redis was killed' }
  ])
  t.equal(second.read('b')?.details.length, 6)
  second.close()

  const third = new Shelf(sqliteRunFile(folder), { runs: 1, bytes: 1000 })
  t.teardown(() => third.close())
  t.strictSame(ids(third), ['c'], 'the bound has become smaller')
  t.end()
})

const DAMAGES: Readonly<Record<string, string>> = {
  'a summary': "UPDATE runs SET summary = replace(summary, 'title', 'lie') WHERE id = 'a'",
  'a journal': "UPDATE runs SET journal = x'00' WHERE id = 'a'",
  'a report': "UPDATE runs SET details = x'00' WHERE id = 'b'",
  'the place of a run': "UPDATE runs SET place = 9 WHERE id = 'a'",
  'a run that is gone': "DELETE FROM runs WHERE id = 'b'",
  'the head': 'UPDATE head SET runs = 3'
}
for (const [what, sql] of Object.entries(DAMAGES)) {
  void t.test(`a file is refused when ${what} is not as it was written`, (t) => {
    const folder = directory(t)
    const shelf = new Shelf(sqliteRunFile(folder), { runs: 10, bytes: 1000 })
    for (const id of ['a', 'b']) shelf.put(run(id), packed(5))
    shelf.close()
    const db = new DatabaseSync(join(folder, RUN_FILE))
    db.exec(sql)
    db.close()

    t.throws(() => sqliteRunFile(folder), {
      name: 'StoreDamage',
      message: /console\.sqlite is damaged: .*npx seabus doctor/
    })
    t.throws(() => sqliteRunFile(folder), StoreDamage, 'and stays so')
    t.end()
  })
}

void t.test('a file of another version is refused and left alone', (t) => {
  const folder = directory(t)
  sqliteRunFile(folder).close()
  const db = new DatabaseSync(join(folder, RUN_FILE))
  db.exec('PRAGMA user_version = 99')
  db.close()

  t.throws(() => sqliteRunFile(folder), { message: /tables of version 99/ })
  t.end()
})

void t.test('a run that cannot be written is not there, and the others are as they were', (t) => {
  const file = sqliteRunFile(directory(t), 65_536)
  const shelf = new Shelf(file, { runs: 10, bytes: 1e9 })
  t.teardown(() => shelf.close())
  shelf.put(run('a'), packed(10))

  t.throws(() => shelf.put(run('b'), packed(1_000_000)), { message: /full/ })
  t.throws(() => shelf.put(run('a', { name: 'another' }), packed(1_000_000)), { message: /full/ })

  t.match(shelf.summaries(), [{ id: 'a', name: 'title of a' }])
  t.equal(shelf.summaries().length, 1)
  shelf.put(run('c'), packed(10))
  t.strictSame(ids(shelf), ['c', 'a'])
  t.end()
})

void t.test('whoever has read the list is told what is new, has changed or is gone since', (t) => {
  const shelf = new Shelf(memoryRunFile(), { runs: 3, bytes: 1000 })
  for (const id of ['a', 'b', 'c']) shelf.put(run(id), packed(1))
  const { version } = shelf.changes
  t.match(shelf.changes.since(version), { runs: new Set(), gone: [] })

  shelf.put(run('b', { state: 'failed' }), packed(1))
  shelf.put(run('d'), packed(1))
  t.match(shelf.changes.since(version), { runs: new Set(['b', 'd']), gone: ['a'] })
  shelf.delete('d')
  t.match(shelf.changes.since(version), { runs: new Set(['b']), gone: ['a', 'd'] })
  t.match(shelf.changes.since(shelf.changes.version), { runs: new Set(), gone: [] })

  const other = new Shelf(memoryRunFile(), { runs: 3, bytes: 1000 })
  for (const unknown of [other.changes.version, 'x', `${version}9`, '']) {
    t.equal(shelf.changes.since(unknown), undefined, unknown)
  }
  t.end()
})

void t.test('a change that could not be kept is none', (t) => {
  const file = memoryRunFile()
  const shelf = new Shelf(
    {
      ...file,
      write: () => {
        throw new Error('the disk is full')
      }
    },
    { runs: 3, bytes: 1000 }
  )
  const { version } = shelf.changes
  t.throws(() => shelf.put(run('a'), packed(1)), { message: 'the disk is full' })
  t.equal(shelf.changes.version, version)
  t.end()
})

void t.test('of what is gone so much is remembered; whoever asks later reads the whole list', (t) => {
  const changes = new ShelfChanges(2)
  const before = changes.version
  const versions = ['a', 'b', 'c'].map((id) => {
    changes.change(id)
    changes.remove(id)
    return changes.version
  })
  t.equal(changes.since(before), undefined)
  t.match(changes.since(versions[0] ?? ''), { gone: ['b', 'c'] })
  t.end()
})
