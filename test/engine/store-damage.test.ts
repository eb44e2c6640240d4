import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { ALL, COUNT, DECAYS, fileOf, idsOf, row, written } from './decays.ts'

void t.test('what was kept is there again, after a kill and after a graceful end', (t) => {
  for (const end of ['killed', 'closed'] as const) {
    const data = written(t, end)
    t.strictSame(idsOf(data), ALL)
    const store = sqliteStore(data, 'hardware')
    t.strictSame([...store.delivered()], [{ machine: 'm0', to: 'firmware', count: COUNT }])
    t.strictSame(
      [...store.inputs()],
      Array.from({ length: COUNT }, (_, i) => ({
        body: undefined,
        effects: undefined,
        place: undefined,
        ...row(i + 1),
        seq: i + 1
      }))
    )
    t.match(store.size?.(), { rows: COUNT })
    store.close()
  }
  t.end()
})

void t.test('a crash between the commit and the file beside it does no harm', (t) => {
  const data = written(t, 'closed')
  const head = readFileSync(join(data, 'hardware.head'))
  const store = sqliteStore(data, 'hardware')
  t.equal([...store.inputs()].length, COUNT)
  store.append(row(COUNT + 1))
  store.close()
  writeFileSync(join(data, 'hardware.head'), head)

  t.strictSame(idsOf(data), [...ALL, `id-${COUNT + 1}`])
  t.end()
})

const filesOf = (data: string) =>
  ['.sqlite-wal', '.head'].map((name) => {
    try {
      return readFileSync(join(data, `hardware${name}`)).toString('base64')
    } catch {
      return 'none'
    }
  })

for (const { name, end, decay, told } of DECAYS) {
  void t.test(`${name}: the service does not start, and says which file and from where on`, (t) => {
    const data = written(t, end)
    decay(data)
    const before = filesOf(data)
    for (const time of ['the first time', 'and again']) {
      t.throws(() => idsOf(data), { name: 'StoreDamage', message: told }, time)
      t.throws(() => idsOf(data), { message: new RegExp(`"npx seabus doctor --data ${data}"`) })
    }
    t.strictSame(filesOf(data), before, 'nothing is lost for whoever salvages')
    t.end()
  })
}

void t.test('no byte of the file can change unseen', (t) => {
  const data = written(t, 'closed')
  const file = fileOf(data)
  const { size } = statSync(file)
  const head = readFileSync(join(data, 'hardware.head'))
  const bytes = readFileSync(file)
  const unseen: number[] = []
  for (let at = 0; at < size; at += 97) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 0x01
    writeFileSync(file, changed)
    writeFileSync(join(data, 'hardware.head'), head)
    try {
      const ids = idsOf(data)
      if (ids.join() !== ALL.join()) unseen.push(at)
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    rmSync(`${file}-wal`, { force: true })
  }
  t.strictSame(unseen, [], 'what starts holds what was kept')
  t.end()
})
