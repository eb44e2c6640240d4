import t from 'tap'
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
  await system.tell('m0', 'vmm', 'vm.create', { vm: 'vm0' })
  await system.settle()
  await system.ask('m0', 'guest', 'task.create', { ...TASK, mappings: [{ ...MAPPING, ...mapping }] })
  const access = async (what: Record<string, unknown>) => {
    const data = { vm: 'vm0', pid: 1200, guestVirtual: PAGE_2, access: 'load', ...what }
    await system.tell('m0', 'guest', 'task.access', data)
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
