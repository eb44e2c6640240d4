import { sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'

/** Puts runs that are over into a data directory, oldest first. */
export function keepRuns(data: string, count: number): void {
  const file = sqliteRunFile(data)
  for (let nth = 1; nth <= count; nth++) {
    const id = `kept-${nth}`
    const summary = {
      id,
      machine: id,
      name: `run (${nth})`,
      state: 'ended',
      sentence: 'redis was killed by BUS_MCEERR_AR; the guest and the host go on.',
      cell: nth % 3 === 0 ? 'guest panic' : 'process killed',
      vmm: 'reference',
      policy: 'morse',
      linux: '6.1',
      setup: {},
      keeps: false,
      started: '2026-01-01T00:00:00.000Z',
      entries: 1
    } as const
    file.write({ summary, packed: { details: new Uint8Array([1]), journal: new Uint8Array() } }, [])
  }
  file.close()
}
