import { memoryWrite } from '../../../shared/contracts/firmware.ts'
import { exceptionReturn, memoryAccess, stage2Unmap, tlbInvalidate } from '../../../shared/contracts/hardware.ts'
import { apeiNotify, processAccess } from '../../../shared/contracts/host-kernel.ts'
import { signalDeliver } from '../../../shared/contracts/vmm.ts'
import { BUS_MCEERR_AR } from '../../../shared/formats/siginfo.ts'
import type { Check } from '../check.ts'
import { refused } from '../general.ts'
import { ACKNOWLEDGED, playFirmware, recordOf, SEA_CELL, SEA_SOURCE, SOURCE } from './firmware-memory.ts'
import { INTERRUPTED, poisoned, TID, VCPU, vmOf, type Page } from './vm-of-kernel.ts'

/** What the contract asks of a kernel that is notified by an exception, and of lost memory that somebody is at. */

/** A data abort from a lower exception level, synchronous external; SErrors of class UEO and UER. */
const ESR = { sea: 0x9200_0010n, restartable: 0xbe00_0811n } as const
const HUGE = 0x20_0000n
const SMALL_PAGES = Number(HUGE / 0x1000n)

const loadOf = ({ guestPhysical }: Page) => ({ ...VCPU, ...INTERRUPTED, physical: guestPhysical + 0x18n })

export const NOTIFIED_CHECKS: readonly Check[] = [
  {
    name: 'sea-is-read-at-its-notification',
    about: 'on apei.notify of an SEA out of a guest its source is read and acknowledged, and the VMM told of the page',
    async run(scene) {
      const page = (await vmOf(scene)).page(5)
      playFirmware(scene).publish(recordOf(page.hostPhysical), SEA_CELL)
      const before = scene.of(memoryWrite).length
      await scene.tell(apeiNotify, { ...SEA_SOURCE, esr: ESR.sea, far: INTERRUPTED.virtual, interrupted: loadOf(page) })
      // Who handles the record first, a kworker or the task, decides whether it is told that action is required.
      const { hostVirtual, addressLsb } = await scene.next(signalDeliver)
      scene.same({ hostVirtual, addressLsb }, { hostVirtual: page.hostVirtual, addressLsb: 12 }, 'signal.deliver')
      const written = scene.of(memoryWrite).slice(before)
      scene.same(
        written.map(({ data }) => data.hostPhysical),
        [SEA_CELL.block, SEA_CELL.readAck],
        'what is written'
      )
      scene.same(written.at(-1)?.data.bytes, ACKNOWLEDGED, 'the read-ack register')
    }
  },
  {
    name: 'exception-needs-its-syndrome',
    about: 'apei.notify of an SEA without esr or interrupted, or with the syndrome of something else, is refused',
    async run(scene) {
      const interrupted = loadOf((await vmOf(scene)).page(5))
      const { sea, restartable } = ESR
      refused('an SEA without esr', await scene.send(apeiNotify, { ...SEA_SOURCE, interrupted }))
      refused('an SEA that interrupted nobody', await scene.send(apeiNotify, { ...SEA_SOURCE, esr: sea }))
      const other = { ...SEA_SOURCE, esr: restartable, interrupted }
      refused('an SEA with the syndrome of an SError', await scene.send(apeiNotify, other))
      scene.same(scene.of(memoryWrite).length, 0, 'the number of memory.write')
    }
  },
  {
    name: 'restartable-serror-goes-on',
    about: 'a guest interrupted by apei.notify of an SEI whose SError is restartable (UEO) goes on: exception.return',
    async run(scene) {
      const page = (await vmOf(scene)).page(5)
      const sei = { source: SOURCE.source, notify: 'SEI', esr: ESR.restartable, interrupted: loadOf(page) } as const
      await scene.tell(apeiNotify, sei)
      const { vm, vcpu } = await scene.next(exceptionReturn)
      scene.same({ vm, vcpu }, VCPU, 'exception.return')
      scene.same(scene.of(signalDeliver).length, 0, 'the number of signal.deliver')
    }
  },
  {
    name: 'huge-page-is-lost-whole',
    about: 'of an error in a huge page all of it leaves stage 2, and si_addr_lsb says how large it is',
    async run(scene) {
      const vm = await vmOf(scene, { backing: 'hugetlb-2m', length: 2n * HUGE })
      const first = vm.page(SMALL_PAGES)
      const { addressLsb, hostVirtual = 0n } = await poisoned(scene, vm.page(SMALL_PAGES + 5))
      scene.same(addressLsb, 21, 'addressLsb')
      scene.same(hostVirtual & ~(HUGE - 1n), first.hostVirtual, 'the huge page of hostVirtual')
      const unmapped = scene.of(stage2Unmap).map(({ data }) => data)
      for (const n of [0, 5, SMALL_PAGES - 1]) {
        const { guestPhysical } = vm.page(SMALL_PAGES + n)
        scene.must(
          unmapped.some((one) => one.guestPhysical <= guestPhysical && guestPhysical < one.guestPhysical + one.length),
          `small page ${n} of the huge one stays in stage 2`
        )
      }
      const isBefore = unmapped.some((one) => one.guestPhysical < first.guestPhysical)
      scene.must(!isBefore, 'the huge page before it leaves stage 2 too')
    }
  },
  {
    name: 'access-to-a-lost-page-is-called-off',
    about: 'when a page is lost that a thread is accessing, tlb.invalidate names it; a thread restarted by it meets AR',
    async run(scene) {
      const page = (await vmOf(scene)).page(5)
      scene.answer(tlbInvalidate, ({ pid }) => ({ restarted: [pid] }))
      await scene.tell(processAccess, { pid: TID.main, hostVirtual: page.hostVirtual + 0x18n, access: 'load' })
      await scene.next(memoryAccess)
      playFirmware(scene).publish(recordOf(page.hostPhysical))
      await scene.tell(apeiNotify, SOURCE)
      const { pid, hostVirtual, length } = await scene.next(tlbInvalidate)
      scene.same(pid, TID.main, 'the process of tlb.invalidate')
      scene.must(
        hostVirtual <= page.hostVirtual && page.hostVirtual < hostVirtual + length,
        'tlb.invalidate is of another range'
      )
      const isRequired = () => scene.of(signalDeliver).some(({ data }) => data.code === BUS_MCEERR_AR)
      await scene.until(isRequired, 'BUS_MCEERR_AR of the thread that walks anew')
      scene.same(scene.of(memoryAccess).length, 1, 'the number of memory.access')
    }
  }
]
