import t from 'tap'
import { placeInGuest } from '../../services/vmm/place-in-guest.ts'

/** A slot whose host address is no multiple of 2 MiB. */
const SLOT = { guestPhysical: 0x4000_0000n, hostVirtual: 0xffff_8010_0000n, length: 0x400_0000n }
const END = SLOT.hostVirtual + SLOT.length

const CASES = [
  ['a page', SLOT.hostVirtual + 0x3000n, 12, 0x4000_3000n, 0x4000_3000n, 0x1000n],
  ['the exact address of a fault', SLOT.hostVirtual + 0x3018n, 12, 0x4000_3000n, 0x4000_3000n, 0x1000n],
  ['a page within a lost 64 KiB', SLOT.hostVirtual + 0x1_3000n, 16, 0x4001_3000n, 0x4001_0000n, 0x1_0000n],
  ['a huge page cut off at the start', SLOT.hostVirtual + 0x3000n, 21, 0x4000_3000n, 0x4000_0000n, 0x10_0000n],
  ['a huge page cut off at the end', END - 0x1000n, 21, 0x43ff_f000n, 0x43f0_0000n, 0x10_0000n]
] as const

for (const [what, address, lsb, page, start, length] of CASES) {
  void t.test(`${what} has its place in the guest`, async (t) => {
    const place = placeInGuest([SLOT], address, lsb)

    t.equal(place?.guestPhysical, page)
    t.match(place?.extent, { guestPhysical: start, length })
  })
}

void t.test('what lies outside of every slot has none', async (t) => {
  for (const address of [SLOT.hostVirtual - 1n, END, undefined]) {
    t.equal(placeInGuest([SLOT], address, 12), undefined)
  }
})
