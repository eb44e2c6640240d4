import t from 'tap'
import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import { FIRMWARE_PROFILES } from '../../shared/contracts/firmware.ts'
import { GUEST_LOAD, machine, refusal, SEA, SERROR, sent, trace } from './support.ts'

type Profile = (typeof FIRMWARE_PROFILES)[number]

/** What each firmware makes of a syndrome: whether it stops the platform. */
const SYNDROMES: readonly (readonly [string, ExceptionTaken, readonly Profile[]])[] = [
  ['an SEA with SET UER, FSC 0x10', { ...SEA, esr: 0x9200_0010n }, ['tf-a-2.15', 'tf-a-2026-08']],
  ['an SEA with SET UC, FSC 0x10', { ...SEA, esr: 0x9200_1010n }, FIRMWARE_PROFILES],
  ['an SEA with SET UC on a table walk', { ...SEA, esr: 0x9200_1014n }, ['tf-a-2.15', 'tf-a-2026-08']],
  ['an SEA with SET UER on a table walk', { ...SEA, esr: 0x9200_0014n }, []],
  ['an SError with AET UC', { ...SERROR, esr: 0xbe00_0011n }, FIRMWARE_PROFILES],
  ['an SError with IDS that looks like AET UC', { ...SERROR, esr: 0xbf00_0011n }, ['tf-a-2.15', 'tf-a-2026-08']],
  ['an SError with AET UER', { ...SERROR, esr: 0xbe00_0c11n }, []]
]

function under(profile: Profile) {
  const m = machine()
  m.tell('firmware.profile', { profile })
  return m
}

for (const profile of FIRMWARE_PROFILES) {
  for (const [what, taken, stops] of SYNDROMES) {
    const ends = stops.includes(profile)
    void t.test(`${profile}: ${what} ${ends ? 'is a platform panic' : 'is told to the OS'}`, async (t) => {
      t.equal(trace(under(profile).tell('exception.take', taken)).includes('firmware.panic'), ends)
    })
  }
}

const WALK: ExceptionTaken = { ...SEA, esr: 0x9200_0014n }
const HOST: ExceptionTaken = {
  ...WALK,
  interrupted: {
    pid: 119,
    tid: 119,
    el: 0,
    pc: 0n,
    pstate: 0n,
    access: 'load',
    virtual: 0x1000n,
    physical: 0x4800_1000n
  }
}

void t.test(
  'after 2.15 a guest has its SEA at EL1, a process of the host at EL2, whatever else tells the OS',
  async (t) => {
    for (const [notify, tells] of [
      ['GSIV', ['apei.notify']],
      ['POLLED', []],
      ['SEA', []]
    ] as const) {
      const m = under('tf-a-2026-08')
      m.tell('notification.choose', { recoverable: notify })

      const guest = m.tell('exception.take', WALK)
      const again = m.tell('exception.take', WALK)
      const host = m.tell('exception.take', HOST)

      t.strictSame(trace(guest), ['record.published', 'ask exception.return', ...tells], notify)
      const kept = notify === 'SEA' ? 'record.held' : 'record.coalesced'
      t.strictSame(trace(again), [kept, 'ask exception.return'], 'the block is occupied')
      const injected = { esr: 0x9200_0014n, far: GUEST_LOAD.virtual }
      for (const effects of [guest, again]) {
        t.match(
          effects.find(({ kind }) => kind === 'ask'),
          { type: 'exception.return', data: { vm: 'vm0', vcpu: 0, injected } }
        )
      }
      t.match(sent(host)[0], { to: 'host-kernel', type: 'exception.take', data: { el: 2, esr: 0x9200_0014n } }, notify)
    }
  }
)

void t.test('before, EL3 returns to the instruction; an SError is never injected', async (t) => {
  for (const [profile, taken] of [
    ['tf-a-2.12', WALK],
    ['tf-a-2.14', WALK],
    ['tf-a-2.15', WALK],
    ['tf-a-2026-08', SERROR]
  ] as const) {
    const back = under(profile)
      .tell('exception.take', taken)
      .find((effect) => effect.kind === 'ask')

    t.strictSame(back?.data, { vm: 'vm0', vcpu: 0 }, profile)
  }
})

void t.test('firmware without SDEI cannot be told to notify by it, nor put under a choice of it', async (t) => {
  const chosen = machine()
  chosen.tell('notification.choose', { recoverable: 'SDEI' })

  const later = chosen.tell('firmware.profile', { profile: 'tf-a-2026-08' })
  const before = under('tf-a-2026-08').tell('notification.choose', { recoverable: 'SDEI' })

  t.match(refusal(later), { code: 'request-unsupported', field: '/profile' })
  t.match(refusal(before), { code: 'request-unsupported', field: '/recoverable' })
})

void t.test('another HEST is no other firmware', async (t) => {
  const m = under('tf-a-2.15')
  const table = m.state.table

  m.tell('hest.install', { table })

  t.equal(m.state.profile, 'tf-a-2.15')
})
