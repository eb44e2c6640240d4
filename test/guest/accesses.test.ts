import type { DataOf } from '../../shared/contracts/message.ts'
import t from 'tap'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { readers, room } from '../support/room.ts'

const VIRTUAL = 0xffff_9000_0000n
const TABLE = 0x4040_0000n
const TASK = { vm: 'vm0', pid: 1200, comm: 'redis' }
const MAPPING = { guestVirtual: VIRTUAL, guestPhysical: 0x4000_1000n, length: 0x3000n }
const PAGE_2 = VIRTUAL + 0x2018n

/** A guest with one task, whose page table is at TABLE. */
async function guest(mapping: Record<string, unknown> = { pageTable: TABLE }) {
  const { system } = room()
  await system.createMachine('m0')
  await system.tell('m0', vmCreate, { vm: 'vm0' })
  await system.settle()
  await system.ask('m0', taskCreate, { ...TASK, mappings: [{ ...MAPPING, ...mapping }] })
  const access = async (what: Partial<DataOf<typeof taskAccess>>) => {
    const data = { vm: 'vm0', pid: 1200, guestVirtual: PAGE_2, access: 'load' as const, ...what }
    await system.tell('m0', taskAccess, data)
    await system.settle()
    return readers(await system.journal('m0'))
      .messages('memory.access')
      .at(-1)
  }
  return { access }
}

void t.test('a walk reads the level 3 entry of the address, eight bytes for each page', async (t) => {
  const { access } = await guest()

  t.match(await access({ via: 'walk' }), { walk: 3, el: 0, virtual: '0xffff90002018', physical: '0x40400010' })
})

void t.test('without a table there is nothing to walk', async (t) => {
  const { access } = await guest({})

  await t.rejects(access({ via: 'walk' }), /address-unmapped/)
})

void t.test('a masked access has PSTATE.A set', async (t) => {
  const { access } = await guest()

  t.match(await access({ via: 'syscall', masked: true }), { el: 1, pstate: '0x105' })
  t.match(await access({ via: 'syscall' }), { el: 1, pstate: '0x5' })
})
