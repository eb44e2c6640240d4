import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { replayRasdaemon, type RasdaemonOptions } from '../../cli/actions/replay-rasdaemon.ts'
import { pageTypeByNumber } from '../../cli/replay/rasdaemon/predicted-rows.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { program, ROOT } from '../support/programs.ts'

let files = 0

/** A database as rasdaemon makes it: each table with its columns, an id and a time. */
function database(
  directory: string,
  tables: Readonly<Record<string, readonly Readonly<Record<string, string | number | Uint8Array>>[]>>
): string {
  const file = join(directory, `ras-mc_event-${++files}.db`)
  const db = new DatabaseSync(file)
  for (const [table, rows] of Object.entries(tables)) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    db.exec(
      `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, timestamp TEXT${columns.map((name) => `, ${name}`).join('')})`
    )
    for (const row of rows) {
      const names = Object.keys(row)
      db.prepare(
        `INSERT INTO ${table} (timestamp, ${names.join(', ')}) VALUES ('2026-11-26 12:00:00 +0000', ${names.map(() => '?').join(', ')})`
      ).run(...Object.values(row))
    }
  }
  db.close()
  return file
}

const STORY = join(ROOT, 'scenarios/01-story.yaml')
const POISONED = { pfn: '0x7c001', page_type: 'dirty LRU page', action_result: 'Recovered' }

async function held(options: Partial<RasdaemonOptions> & Pick<RasdaemonOptions, 'database'>) {
  const { output, exitCode } = await replayRasdaemon({
    run: STORY,
    vm: undefined,
    linux: undefined,
    json: true,
    ...options
  })
  return {
    ...(JSON.parse(output) as {
      differences: number
      left: unknown
      rows: readonly { field: string; verdict: string }[]
    }),
    exitCode
  }
}

void t.test('what rasdaemon kept of the story is what the model traces, column by column', async (t) => {
  const directory = t.testdir()
  const { exitCode, rows } = await held({ database: database(directory, { memory_failure_event: [POISONED] }) })

  t.equal(exitCode, 0)
  t.same(
    rows.map(({ field, verdict }) => [field, verdict]),
    ['pfn', 'page_type', 'action_result'].map((column) => [`memory_failure_event[0].${column}`, 'same'])
  )
})

void t.test(
  'another page, another result, a row more or less is a difference, and the exit code says so',
  async (t) => {
    const directory = t.testdir()
    const rows = [
      [{ ...POISONED, pfn: '0x7c002' }],
      [{ ...POISONED, action_result: 'Failed' }],
      [POISONED, POISONED],
      [{ ...POISONED, page_type: 'clean LRU page' }]
    ]
    for (const memory_failure_event of rows) {
      const { exitCode, differences } = await held({ database: database(directory, { memory_failure_event }) })
      t.same([exitCode, differences], [1, 1])
    }
    t.equal(
      (await held({ database: database(directory, { memory_failure_event: [], mc_event: [] }) })).exitCode,
      1,
      'none at all'
    )
  }
)

void t.test(
  'the guest of a VM is held against a rasdaemon that ran in it, and a journal serves as its scenario does',
  async (t) => {
    const directory = t.testdir()
    const read = readScenarioFile(STORY)
    if (read.errors !== undefined) throw new Error('the story has mistakes')
    const { journal } = await runInProcess(read.scenario)
    const run = join(directory, 'journal.ndjson')
    writeFileSync(run, journal.map((entry) => JSON.stringify(entry)).join('\n'))
    const memory_failure_event = [{ ...POISONED, pfn: '0x40001' }]

    const guest = await held({ database: database(directory, { memory_failure_event }), run, vm: 'vm0' })
    t.same([guest.exitCode, guest.rows.length], [0, 3])
    await t.rejects(
      held({ database: database(directory, { memory_failure_event }), run, vm: 'vm9' }),
      /vm9: no such VM in this run/
    )
  }
)

void t.test('a corrected error that EDAC counts, and a processor error with its raw data', async (t) => {
  const directory = t.testdir()
  const mc_event = [
    {
      ...{ err_count: 1, err_type: 'Corrected', err_msg: 'single-bit ECC', label: 'unknown label', mc: 0 },
      ...{ top_layer: -1, middle_layer: -1, lower_layer: -1, address: 0x7ffff000, grain: 0, syndrome: 0 },
      driver_detail: 'APEI location:'
    }
  ]
  const edac = await held({
    database: database(directory, { mc_event }),
    run: join(ROOT, 'scenarios/kernels/edac-ghes.yaml')
  })
  t.same([edac.exitCode, edac.rows.length], [0, 12])

  const processor = join(ROOT, 'scenarios/field/s5000c-processor-record.yaml')
  const kept = { affinity: -1, mpidr: 0x81080000, running_state: -1, psci_state: -1 }
  const { rows } = await held({
    database: database(directory, { arm_event: [{ ...kept, err_info: new Uint8Array(32) }] }),
    run: processor
  })
  t.match(
    rows.at(-1),
    { field: 'arm_event[0].err_info', verdict: 'not compared' },
    'a kernel that does not tell the raw data'
  )
})

void t.test(
  'rasdaemon names page types by the number that they have in 6.1, and on a newer kernel some wrongly',
  async (t) => {
    const directory = t.testdir()
    t.equal(pageTypeByNumber('dirty LRU page', '6.1.192'), undefined)
    t.equal(pageTypeByNumber('dirty LRU page', '6.12.95'), 'clean unevictable LRU page')
    t.equal(pageTypeByNumber('reserved kernel page', '7.3'), undefined)

    const memory_failure_event = [{ ...POISONED, page_type: 'clean unevictable LRU page' }]
    const { exitCode, rows } = await held({ database: database(directory, { memory_failure_event }), linux: '6.12' })
    t.equal(exitCode, 0)
    t.ok(rows.some(({ field }) => field === 'memory_failure_event[0].page_type (by its number)'))
  }
)

void t.test('what the model has no tracepoint for is counted; what is no database is refused', async (t) => {
  const directory = t.testdir()
  const tables = { memory_failure_event: [POISONED], disk_errors: [{ dev: '8:0' }, { dev: '8:16' }], extlog_event: [] }
  t.same((await held({ database: database(directory, tables) })).left, { disk_errors: 2 })

  await t.rejects(
    held({ database: database(directory, { somebody: [{ did: 1 }] }) }),
    /none of its tables is one of rasdaemon's/
  )
  await t.rejects(held({ database: STORY }), /no database of rasdaemon can be read/)
  await t.rejects(held({ database: '/nowhere/at-all.db' }), /\/nowhere\/at-all\.db: no database/)
  await t.rejects(held({ database: database(directory, { mc_event: [] }), linux: '6.2' }), /kernel version/)
})

void t.test('seabus replay --rasdaemon prints the table', async (t) => {
  const directory = t.testdir()
  const file = database(directory, { memory_failure_event: [POISONED], disk_errors: [{ dev: '8:0' }] })
  const { code, out, err } = await program('cli/seabus.ts', ['replay', '--rasdaemon', file, '01-story']).ended

  t.strictSame([code, err], [0, ''])
  t.match(
    out,
    /\(host, Linux 6\.1\)\n[^]*memory_failure_event\[0\]\.pfn +0x7c001 +0x7c001 +same\n[^]*match: 3 same, 0 different/
  )
  t.match(out, /not compared: 1 of disk_errors/)
  const wrong = await program('cli/seabus.ts', ['replay', '--guest', 'vm0', 'x.json']).ended
  t.match([wrong.code, wrong.err], [2, /--guest goes with --rasdaemon/])
})
