import t from 'tap'
import { readFileSync } from 'node:fs'
import { processAccess, hostBoot, processCreate } from '../../shared/contracts/host-kernel.ts'
import { CPER_RECORD, QEMU_MEMORY_BLOCK } from '../formats/worked-examples.ts'
import { request } from '../support/requests.ts'
import { services, type Services } from '../support/services.ts'

interface Sigbus {
  readonly ev: string
  readonly pid: number
  readonly tid: number
  readonly si_signo: number
  readonly si_code: number
  readonly si_addr: string
  readonly si_addr_lsb: number
}
interface Recording {
  readonly input: {
    readonly source: number
    readonly cper: string
    readonly victim: { readonly va: string; readonly pa: string; readonly pid: number }
  }
  readonly observed: {
    readonly block_status: string
    readonly read_ack: string
    readonly events_before_touch: readonly Sigbus[]
    readonly events_on_touch: readonly Sigbus[]
    readonly dmesg: readonly string[]
    readonly dmesg_touch: readonly string[]
    readonly trace: readonly string[]
  }
}

const FILE = new URL('../fixtures/real-kernel/6.1/polled-anon-early.json', import.meta.url)
const { input, observed } = JSON.parse(readFileSync(FILE, 'utf8')) as Recording
/** The polled source's interval and the kernel's rounding of it. */
const POLL_NS = 2e9
/** Where in the page the victim loads. */
const TOUCHED = 0x18n

const M = '/v1/machines/m0'

/** A host process that owns a page and wants to be told early. */
async function victim({ system }: Services, hostPhysical = BigInt(input.victim.pa)): Promise<void> {
  const { pid, va } = input.victim
  await system.ask('m0', processCreate, {
    pid,
    comm: 'victim',
    mceKill: 'early',
    mappings: [{ hostVirtual: BigInt(va), hostPhysical, length: 0x1000n, backing: 'anonymous' }]
  })
}

async function submit({ urls, system }: Services, source: number, body: Uint8Array): Promise<void> {
  const { status, text } = await request(`${urls.firmware}${M}/error-records?source=${source}`, { body })
  if (status !== 202) throw new Error(text)
  await system.advance(POLL_NS)
}

async function touch({ system }: Services): Promise<void> {
  const { pid, va } = input.victim
  const access = { pid, hostVirtual: BigInt(va) + TOUCHED, access: 'load' as const }
  await system.tell('m0', processAccess, access)
  await system.settle()
}

/** SIGBUS as the recorder writes it, of what the host has sent so far. */
async function sigbus({ urls }: Services): Promise<readonly Sigbus[]> {
  const { json } = await request(`${urls['host-kernel']}${M}/signals`)
  const { signals } = json as {
    signals: { pid: number; tid: number; info: { signo: number; code: number; address: string; addressLsb: number } }[]
  }
  return signals.map(({ pid, tid, info }) => {
    const { signo: si_signo, code: si_code, address: si_addr, addressLsb: si_addr_lsb } = info
    return { ev: 'sigbus', pid, tid, si_signo, si_code, si_addr, si_addr_lsb }
  })
}

const recordedSigbus = (events: readonly Sigbus[]): readonly Sigbus[] =>
  events
    .filter(({ ev }) => ev === 'sigbus')
    .map(({ ev, pid, tid, si_signo, si_code, si_addr, si_addr_lsb }) => {
      return { ev, pid, tid, si_signo, si_code, si_addr, si_addr_lsb }
    })

const lines = (text: string) => text.split('\n').filter((line) => line !== '')
/** Without timestamp, and without the number of the record. */
const said = (line: string) => line.replace(/^\[ *\d+\.\d+\] /, '').replace(/^\{\d+\}/, '{N}')
/** `kworker`, event and text. */
const traced = (line: string) => /^ *(kworker)\S* .*?\d+\.\d+: (.*)$/.exec(line)?.slice(1)

const dmesg = async ({ urls }: Services) => lines((await request(`${urls['host-kernel']}${M}/log`)).text)
const trace = async ({ urls }: Services) => lines((await request(`${urls['host-kernel']}${M}/trace`)).text)

void t.test('fed the bytes of a recording, the host acknowledges and signals as that kernel did', async (t) => {
  const machine = await services(t)
  await victim(machine)
  const booted = (await dmesg(machine)).length

  await submit(machine, input.source, Uint8Array.fromHex(input.cper))
  const source = (await request(`${machine.urls.firmware}${M}/error-sources/${input.source}`)).json
  const told = await sigbus(machine)
  const printed = (await dmesg(machine)).slice(booted)
  await touch(machine)

  t.match(source, { blockStatus: Number(observed.block_status), readAck: observed.read_ack, waiting: 0 })
  t.strictSame(told, recordedSigbus(observed.events_before_touch), 'BUS_MCEERR_AO for the page')
  t.strictSame(printed.map(said), observed.dmesg.map(said))
  t.strictSame((await trace(machine)).map(traced), observed.trace.map(traced))
  t.strictSame(
    (await sigbus(machine)).slice(told.length),
    recordedSigbus(observed.events_on_touch),
    'BUS_MCEERR_AR for the byte'
  )
  t.equal((await dmesg(machine)).length, booted + printed.length + observed.dmesg_touch.length)
})

void t.test('the acknowledgement is a write that the journal shows, after the block was cleared', async (t) => {
  const machine = await services(t)
  await victim(machine)

  await submit(machine, input.source, Uint8Array.fromHex(input.cper))
  const writes = (await machine.system.journal('m0'))
    .filter(({ type, kind, to }) => type === 'memory.write' && kind === 'message' && to === 'firmware')
    .map(({ data }) => data)

  t.strictSame(writes, [
    { hostPhysical: '0x3f002040', bytes: 'AAAAAA==' },
    { hostPhysical: '0x3f002008', bytes: 'AQAAAAAAAAA=' }
  ])
})

const CASES = [
  { name: 'a status block as QEMU writes it', record: QEMU_MEMORY_BLOCK, hostPhysical: 0x4020_0000n },
  { name: 'a CPER record file of UEFI', record: CPER_RECORD, hostPhysical: 0x4020_0000n }
]
for (const { name, record, hostPhysical } of CASES) {
  for (const [source, notify] of [
    [1, 'polled'],
    [3, 'GSIV'],
    [6, 'SDEI']
  ] as const) {
    void t.test(`${name}, through the ${notify} source, reaches memory_failure with its page`, async (t) => {
      const machine = await services(t)
      // The kernel of a machine that has its image elsewhere.
      const frames = [{ start: hostPhysical, end: hostPhysical + 0x1000n, kind: 'free' as const }]
      await machine.system.tell('m0', hostBoot, { frames })
      await machine.system.settle()
      await victim(machine, hostPhysical)

      await submit(machine, source, record)
      const page = (await request(`${machine.urls['host-kernel']}${M}/pages/0x${hostPhysical.toString(16)}`)).json

      t.strictSame((await trace(machine)).map(traced), [
        ['kworker', 'memory_failure_event: pfn 0x40200: recovery action for dirty LRU page: Recovered']
      ])
      t.match(page, { pfn: '0x40200', hwpoison: true })
      t.match(await sigbus(machine), [{ si_code: 5, si_addr: input.victim.va, si_addr_lsb: 12 }])
    })
  }
}
