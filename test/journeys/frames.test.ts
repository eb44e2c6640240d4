import t from 'tap'
import { errorRecordSubmit } from '../../shared/contracts/firmware.ts'
import { FRAME_KINDS, hostBoot } from '../../shared/contracts/host-kernel.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { readers, room } from '../support/room.ts'
import { services } from '../support/services.ts'

const SECOND = 1e9
/** Where the frames of the test begin, each in a huge page of its own. */
const FIRST = 0x5000_0000n
const APART = 0x20_0000n
const PAGE = 0x1000n
type Linux = '6.1' | '6.12' | '7.3'

/** The words of the result line for a record about a frame of each kind, by version. */
const RESULTS: Readonly<Record<(typeof FRAME_KINDS)[number], Readonly<Record<Linux, string>>>> = {
  free: same('free buddy page'),
  reserved: kernels(),
  slab: kernels(),
  'page-table': kernels(),
  'kernel-text': kernels(),
  'kernel-data': kernels(),
  'zero-page': kernels(),
  'kernel-page': { ...kernels(), '7.3': 'get hwpoison page' },
  'high-order-kernel': same('high-order kernel page'),
  'free-hugetlb': same('free huge page'),
  dax: same('dax page'),
  'file-clean': same('clean LRU page'),
  'file-dirty': same('dirty LRU page')
}

function same(type: string) {
  return { '6.1': type, '6.12': type, '7.3': type }
}
function kernels() {
  return { '6.1': 'unknown page', '6.12': 'get hwpoison page', '7.3': 'reserved kernel page' }
}

/** Boots a host with one frame of each kind and reports an error in each; what was each frame taken for? */
async function takenFor(system: System, linux: Linux): Promise<readonly unknown[]> {
  const frames = FRAME_KINDS.map((kind, index) => {
    const start = FIRST + BigInt(index) * APART
    return { start, end: start + PAGE, kind }
  })
  await system.tell('m0', hostBoot, { linux, frames })
  await system.settle()
  for (const { start } of frames) {
    const bytes = memoryReport({ severity: 'recoverable', threshold: false, physicalAddress: start })
    await system.tell('m0', errorRecordSubmit, { source: 1, bytes })
    await system.advance(2 * SECOND)
  }
  const steps = readers(await system.journal('m0')).notes('host.step')
  return steps
    .filter(({ name }) => name === 'memory_failure.result')
    .map(({ data }) => (data as { readonly type: string }).type)
}

for (const linux of ['6.1', '6.12', '7.3'] as const) {
  void t.test(`${linux}: a frame of each kind that can be placed is taken for what it is`, async (t) => {
    const { system } = room()
    await system.createMachine('m0')

    t.strictSame(
      await takenFor(system, linux),
      FRAME_KINDS.map((kind) => RESULTS[kind][linux])
    )
  })
}

void t.test('and over HTTP', async (t) => {
  const { system } = await services(t)

  t.strictSame(
    await takenFor(system, '7.3'),
    FRAME_KINDS.map((kind) => RESULTS[kind]['7.3'])
  )
})

void t.test('a frame that is placed lies in whole pages within RAM; the refusal names the field', async (t) => {
  const { system } = room()
  await system.createMachine('m0')
  const boot = (start: bigint, end: bigint) => system.tell('m0', hostBoot, { frames: [{ start, end, kind: 'slab' }] })

  await t.rejects(boot(FIRST + 1n, FIRST + PAGE), /range-invalid.*whole number of 4 KiB pages/)
  await t.rejects(boot(FIRST, FIRST), /range-invalid.*ends behind its start/)
  await t.rejects(boot(0x1_0000_0000n, 0x1_0000_1000n), /address-outside-memory/)
})
