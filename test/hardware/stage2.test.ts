import t from 'tap'
import { READS } from '../../services/hardware/reads.ts'
import { walkStage2 } from '../../services/hardware/stage2.ts'
import { machine, refusal } from './support.ts'

const SLOT = { vm: 'vm0', guestPhysical: 0x4000_0000n, hostPhysical: 0x5000_0000n, length: 0x400_0000n }

void t.test('a page taken out of a large mapping leaves the rest in place', async (t) => {
  const m = machine()
  m.tell('stage2.map', SLOT)

  m.tell('stage2.unmap', { vm: 'vm0', guestPhysical: 0x4000_1000n, length: 0x1000n })

  t.equal(walkStage2(m.state, 'vm0', 0x4000_0fffn), 0x5000_0fffn)
  t.equal(walkStage2(m.state, 'vm0', 0x4000_1000n), undefined)
  t.equal(walkStage2(m.state, 'vm0', 0x4000_2000n), 0x5000_2000n)
  t.equal(walkStage2(m.state, 'vm0', 0x43ff_ffffn), 0x53ff_ffffn)
  t.equal(walkStage2(m.state, 'vm0', 0x4400_0000n), undefined)
  t.equal(walkStage2(m.state, 'vm0', 1n << 50n), undefined)
  t.strictSame(
    READS.find(({ path }) => path.endsWith('stage2'))?.read(m.state, { vm: 'vm0' }, { machine: 'm0', now: 0 }),
    {
      ranges: [
        { guestPhysical: 0x4000_0000n, hostPhysical: 0x5000_0000n, length: 0x1000n },
        { guestPhysical: 0x4000_2000n, hostPhysical: 0x5000_2000n, length: 0x3ff_e000n }
      ]
    }
  )
})

void t.test('VMs have stage 2 tables of their own, whatever their names', async (t) => {
  const m = machine()
  m.tell('stage2.map', SLOT)

  t.equal(walkStage2(m.state, 'vm1', 0x4000_0000n), undefined)
  t.equal(walkStage2(m.state, 'constructor', 0x4000_0000n), undefined)
})

void t.test('what is not whole pages within 48 bits is refused', async (t) => {
  const bad = [
    { ...SLOT, guestPhysical: 1n },
    { ...SLOT, hostPhysical: 0x800n },
    { ...SLOT, length: 0n },
    { ...SLOT, length: 0x1001n },
    { ...SLOT, guestPhysical: (1n << 48n) - 0x1000n },
    { ...SLOT, hostPhysical: (1n << 48n) - 0x1000n }
  ]
  for (const range of bad) t.match(refusal(machine().tell('stage2.map', range)), { code: 'range-invalid' })
})
