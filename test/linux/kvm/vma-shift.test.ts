import t from 'tap'
import type { Backing } from '../../../shared/linux/kernel/state.ts'
import { vmaShift } from '../../../shared/linux/kvm/vma-shift.ts'
import { HVA, kvmHost, PA, PAGE } from './host.ts'

const GIB = 0x4000_0000n

/** lsb of an AR on this backing, for a slot of this length and placement. */
function shift(backing: Backing, slot: { guestPhysical?: bigint; length?: bigint } = {}, pageSize = 4096): number {
  const { k } = kvmHost({ options: { pageSize } })
  const vma = {
    virtual: 0xffff_4000_0000n,
    physical: PA,
    length: 8n * GIB,
    backing,
    dirty: true,
    mlocked: false,
    pinned: false
  }
  const area = {
    slot: 0,
    guestPhysical: 8n * GIB,
    length: 2n * GIB,
    hostVirtual: vma.virtual,
    dirtyLogging: false,
    readOnly: false
  }
  return vmaShift(k, { ...area, ...slot }, vma, HVA + PAGE - GIB)
}

void t.test('the extent of an AR is what KVM would map, by backing', async (t) => {
  const rows: [Backing, number][] = [
    ['anonymous', 12],
    ['thp', 12],
    ['shmem', 12],
    ['file', 12],
    ['hugetlb-64k', 12],
    ['hugetlb-2m', 21],
    ['hugetlb-shared-2m', 21],
    ['hugetlb-32m', 21],
    ['hugetlb-1g', 30],
    ['hugetlb-shared-1g', 30]
  ]
  for (const [backing, lsb] of rows) t.equal(shift(backing), lsb, backing)
})

void t.test('a slot that is not aligned with its backing steps down: 1 GiB to 2 MiB to 4 KiB', async (t) => {
  t.equal(shift('hugetlb-1g', { guestPhysical: 8n * GIB + 0x20_0000n }), 21)
  t.equal(shift('hugetlb-1g', { guestPhysical: 8n * GIB + 0x1000n }), 12)
  t.equal(shift('hugetlb-2m', { guestPhysical: 8n * GIB + 0x1000n }), 12)
})

void t.test('a block that runs out of the slot is not mapped whole', async (t) => {
  t.equal(shift('hugetlb-1g', { length: 0x3000_0000n }), 21)
  t.equal(shift('hugetlb-2m', { length: 0x10_0000n }), 12)
})

void t.test('other base page sizes have other sizes', async (t) => {
  t.equal(shift('anonymous', {}, 65536), 16)
  t.equal(shift('anonymous', {}, 16384), 14)
  t.equal(shift('hugetlb-2m', {}, 65536), 16, 'cont-PTE with 64 KiB pages')
})
