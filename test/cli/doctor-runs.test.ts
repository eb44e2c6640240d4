import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { doctorCommand } from '../../cli/actions/doctor.ts'
import { exportedRuns } from '../../cli/doctor/kept-runs.ts'
import { RUN_FILE, sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import { packed, type RunSummary } from '../../services/console/runs/kept-run.ts'

const SUMMARY = { state: 'ended', linux: '6.1', setup: {}, keeps: false, entries: 0 } as const
const started = (hour: number) => `2026-01-01T0${hour}:00:00.000Z`

/** A directory in which a console has kept three runs. */
async function written(t: Test): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'seabus-runs-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  const file = sqliteRunFile(data)
  for (const [hour, id] of ['a', 'b', 'c'].entries()) {
    const summary: RunSummary = { ...SUMMARY, id, machine: id, name: id, started: started(hour) }
    file.write({ summary, packed: await packed({ scenario: `title: ${id}\n` }, []) }, [])
  }
  file.close()
  return data
}

function damaged(data: string, sql: string): void {
  const db = new DatabaseSync(join(data, RUN_FILE))
  db.exec(sql)
  db.close()
}

const listOf = (data: string) =>
  readdirSync(data).map((name) => [name, readFileSync(join(data, name)).toString('base64')])

void t.test('runs that are sound are said to be sound, and are left as they are', async (t) => {
  const data = await written(t)
  const before = listOf(data)

  const { output, exitCode } = await doctorCommand({ data }, [])

  t.equal(exitCode, 0)
  t.match(output, /console\.sqlite: sound: 3 runs, the last begun 2026-01-01T02:00:00\.000Z$/)
  t.strictSame(listOf(data), before)
})

void t.test('a run that is not as it was written is named, and the others can be kept', async (t) => {
  const data = await written(t)
  damaged(data, "UPDATE runs SET summary = replace(summary, 'ended', 'EnDeD') WHERE id = 'b'")
  const before = listOf(data)

  const told = await doctorCommand({ data }, [])
  t.equal(told.exitCode, 1)
  t.match(told.output, /console\.sqlite: DAMAGED\n {2}the run b is not as it was written\n {2}sound: 2 runs/)
  t.strictSame(listOf(data), before, 'looking changes nothing')

  const { output } = await doctorCommand({ data, salvage: true }, [])
  t.match(output, /salvaged: 2 runs; the damaged file is .*console\.sqlite\.damaged-1 now/)
  t.ok(existsSync(join(data, `${RUN_FILE}.damaged-1`)))
  t.equal((await doctorCommand({ data }, [])).exitCode, 0)
  const file = sqliteRunFile(data)
  t.strictSame(
    file.kept.map(({ summary }) => summary.id),
    ['a', 'c']
  )
  file.close()
})

void t.test('a run that is gone is told, as is a file that is none', async (t) => {
  const data = await written(t)
  damaged(data, "DELETE FROM runs WHERE id = 'c'")
  t.match((await doctorCommand({ data }, [])).output, /it holds 2 runs of 3/)

  damaged(data, 'PRAGMA user_version = 99')
  t.match((await doctorCommand({ data }, [])).output, /has tables of version 99/)
})

void t.test('all of a run is written as a line of JSON, its texts as they were', async (t) => {
  const lines = [...exportedRuns(await written(t))].map((line) => JSON.parse(line) as object)

  t.match(lines, [{ run: 'a' }, { run: 'b', details: '{"scenario":"title: b\\n"}', journal: '' }, { run: 'c' }])
})
