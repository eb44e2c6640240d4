import t from 'tap'
import { einjInject, einjTypes } from '../../shared/contracts/firmware.ts'
import { einjInjectHost, einjTypesHost } from '../../shared/contracts/host-kernel.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { readers, room } from '../support/room.ts'
import { services } from '../support/services.ts'

const PAGE = 0xffff_ffff_ffff_f000n
const RAM = 0x4800_1000n
const MEMORY = { type: 0x10, param1: RAM, param2: PAGE }

/** The same machine on models in this process, and on services over HTTP. */
const SYSTEMS: readonly (readonly [string, (t: Parameters<typeof services>[0]) => Promise<System>])[] = [
  [
    'in process',
    async () => {
      const { system } = room()
      await system.createMachine('m0')
      return system
    }
  ],
  ['over HTTP', async (t) => (await services(t)).system]
]

for (const [where, make] of SYSTEMS) {
  void t.test(
    `${where}: what the driver or firmware refuses is EINVAL to the caller, and nothing happens`,
    async (t) => {
      const system = await make(t)
      const refusals = [
        [{ ...MEMORY, param2: 0n }, /system-call-failed.*EINVAL: param2/],
        [{ ...MEMORY, flags: 2, param1: 0x900_0000n }, /EINVAL: 0x9000000 .*System RAM/],
        [{ type: 0x200, flags: 1 }, /EINVAL: error_type 0x200 is not among/],
        [{ type: 0x8000_0000 }, /EINVAL from firmware: vendor/],
        [{ type: 0x10, flags: 3, param1: 0x900_0000n, param2: PAGE, param3: 1 }, /EINVAL/],
        [{ type: 0x40, flags: 1, param3: 1 }, /EINVAL from firmware: pcie errors need flag 4/]
      ] as const

      for (const [files, why] of refusals) await t.rejects(system.ask('m0', einjInjectHost, files), why)
      for (const param1 of [0n, 0x900_0000n]) {
        await t.rejects(system.ask('m0', einjInject, { ...MEMORY, flags: 2, param1 }), /address-outside-memory/)
      }

      const journal = await system.journal('m0')
      t.strictSame(readers(journal).messages('error.inject'), [])
      t.strictSame(readers(journal).notes('record.published'), [])
      t.equal(journal.filter(({ kind }) => kind === 'refusal').length > refusals.length, true)
    }
  )

  void t.test(`${where}: legacy mode plants, triggers and tells as flags do`, async (t) => {
    const system = await make(t)

    t.strictSame(await system.ask('m0', einjInjectHost, { ...MEMORY, notrigger: 1 }), { errno: 0 })
    t.strictSame(await system.ask('m0', einjInject, { ...MEMORY, param1: RAM + 0x1000n, flags: 0 }), {
      status: 'success'
    })
    await system.settle()
    t.match(readers(await system.journal('m0')).messages('error.inject'), [
      { hostPhysical: '0x48001000', signalled: 'SEA' },
      { hostPhysical: '0x48002000', signalled: 'SEA' }
    ])

    await system.ask('m0', einjInjectHost, { ...MEMORY, param1: RAM + 0x2000n })
    await system.settle()
    const journal = readers(await system.journal('m0'))
    t.match(journal.messages('error.inject').at(-1), { hostPhysical: '0x48003000', signalled: 'interrupt' })
    t.match(journal.notes('record.published'), [{ severity: 'recoverable' }], 'notrigger is 0 unless it is written')
  })

  void t.test(`${where}: a PCIe error goes to the AER driver, which recovers the device`, async (t) => {
    const system = await make(t)

    await system.ask('m0', einjInjectHost, { type: 0x80, flags: 4, param4: 0x0005_0900 })
    await system.settle()

    const notes = readers(await system.journal('m0')).notes('host.step')
    t.match(
      notes.find(({ name }) => name === 'aer.recover'),
      { data: { device: '0000:05:01.1', status: 1 << 14 } }
    )
    const lines = readers(await system.journal('m0')).notes('host.trace')
    t.match(
      lines.find(({ event }) => event === 'aer_event'),
      { text: /0000:05:01.1 PCIe Bus Error: severity=Uncorrected, non-fatal, Completion Timeout/ }
    )
  })

  void t.test(`${where}: available_error_type is the same at both doors`, async (t) => {
    const system = await make(t)

    const offered = await system.ask('m0', einjTypesHost, {})

    t.strictSame(await system.ask('m0', einjTypes, {}), offered)
    t.match(offered, { errorType: 0x1ff, types: { length: 9 } })
    t.match(offered.availableErrorType, /^0x00000001\tProcessor Correctable\n/)
  })
}
