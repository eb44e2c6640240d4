import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorRecordSubmit } from '../../shared/contracts/firmware.ts'
import { processCreate } from '../../shared/contracts/host-kernel.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { MODELS } from '../../services/layers.ts'
import type { AnyModel, Input } from '../../shared/model/step.ts'
import { readers, room } from '../support/room.ts'

const SECOND = 1e9
const RECORDING = join(import.meta.dirname, '../fixtures/real-kernel/6.1/polled-anon-early.json')
const { input } = JSON.parse(readFileSync(RECORDING, 'utf8')) as { input: { cper: string } }
const record = Uint8Array.fromHex(input.cper)
const victim: DataOf<typeof processCreate> = {
  pid: 119,
  comm: 'victim',
  mceKill: 'early',
  mappings: [{ hostVirtual: 0xffff_9a80_1000n, hostPhysical: 0x7bf1_5000n, length: 0x1000n, backing: 'anonymous' }]
}

/** Firmware of someone who never heard of memory.watch. */
const withoutWatch: readonly AnyModel[] = MODELS.map((model) =>
  model.layer !== 'firmware'
    ? model
    : {
        ...model,
        step(state: never, message: Input) {
          if (message.type !== 'memory.watch') return model.step(state, message)
          return [state, [{ kind: 'refusal' as const, to: message.id, code: 'route-unknown', detail: 'no such path' }]]
        }
      }
)

/** Publishes the recorded record through the polled source after ten quiet seconds; when was it acknowledged? */
async function acknowledgedAt(models: readonly AnyModel[]) {
  const { system } = room({}, models)
  await system.createMachine('m0')
  await system.ask('m0', processCreate, victim)
  const booted = (await system.journal('m0')).length
  await system.advance(10.3 * SECOND)
  const idle = (await system.journal('m0')).slice(booted)
  await system.tell('m0', errorRecordSubmit, { source: 1, bytes: record })
  await system.advance(2 * SECOND)
  const journal = await system.journal('m0')
  const poll = journal.findLast((entry) => entry.type === 'memory.write')
  return { idle, time: poll?.time, signals: readers(journal).notes('host.signal') }
}

void t.test('a machine on which nothing happens leaves nothing in the journal, whatever it polls', async (t) => {
  const { idle } = await acknowledgedAt(MODELS)

  t.strictSame(idle, [])
})

void t.test('firmware that cannot be watched is polled all the time', async (t) => {
  const { idle } = await acknowledgedAt(withoutWatch)

  t.ok(idle.filter((entry) => entry.type === 'memory.read').length >= 10)
})

void t.test('a record is found at the same time either way, and with the same signal', async (t) => {
  const [watched, polled] = [await acknowledgedAt(MODELS), await acknowledgedAt(withoutWatch)]

  t.type(watched.time, 'number')
  t.equal(watched.time, polled.time)
  t.match(watched.signals, [{ info: { code: 5 } }])
  t.strictSame(watched.signals, polled.signals)
})

void t.test('a second record waits for the poll after the next acknowledgement', async (t) => {
  const { system } = room()
  await system.createMachine('m0')
  await system.ask('m0', processCreate, victim)
  await system.tell('m0', errorRecordSubmit, { source: 1, bytes: record })
  await system.tell('m0', errorRecordSubmit, { source: 1, bytes: record })
  await system.advance(4 * SECOND)
  const journal = await system.journal('m0')
  const acknowledged = journal.filter(
    (entry) => entry.type === 'memory.write' && (entry.data as { bytes: string }).bytes === 'AQAAAAAAAAA='
  )

  t.equal(acknowledged.length, 2)
  t.ok((acknowledged[1]?.time ?? 0) - (acknowledged[0]?.time ?? 0) >= 0.5 * SECOND, 'a poll apart')
})
