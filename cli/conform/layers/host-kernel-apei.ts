import { hestRead, memoryRead, memoryWrite } from '../../../shared/contracts/firmware.ts'
import { memoryAccess, stage2Unmap } from '../../../shared/contracts/hardware.ts'
import {
  accessCompleteHost,
  apeiNotify,
  exceptionTakeEl2,
  hostBoot,
  processAccess,
  processCreate
} from '../../../shared/contracts/host-kernel.ts'
import { signalDeliver } from '../../../shared/contracts/vmm.ts'
import { BUS_MCEERR_AO, BUS_MCEERR_AR, decodeSiginfo, SIGBUS } from '../../../shared/formats/siginfo.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import type { Check } from '../check.ts'
import { refused } from '../general.ts'
import type { Told } from '../neighbours.ts'
import { Broken, type Scene } from '../scene.ts'
import { ACKNOWLEDGED, CELL, playFirmware, recordOf, SOURCE } from './firmware-memory.ts'
import { faultOn, poisoned, TID, vmOf } from './vm-of-kernel.ts'

/** What the contract asks of a kernel below KVM: HEST and GHES, memory_failure(), and who is told of lost memory. */

type MemoryRead = DataOf<typeof memoryRead>
type MemoryWrite = DataOf<typeof memoryWrite>

const OTHER = { pid: 119, hostVirtual: 0xffff_9a80_1000n } as const

/** A process with one page; where that lies. */
async function otherProcess(scene: Scene, pid: number = OTHER.pid): Promise<bigint> {
  const { mappings } = await scene.ask(processCreate, {
    pid,
    comm: 'other',
    mappings: [{ hostVirtual: OTHER.hostVirtual, length: 0x1000n, backing: 'anonymous' }]
  })
  const [mapping] = mappings
  if (mapping === undefined) throw new Broken('process.create does not answer where the mapping lies')
  return mapping.hostPhysical
}

async function touch(scene: Scene, pid: number, offset: bigint): Promise<void> {
  await scene.tell(processAccess, { pid, hostVirtual: OTHER.hostVirtual + offset, access: 'load' })
}

/** The kernel is told of a record, and acknowledges it. What it has said from then on. */
async function acknowledged(scene: Scene, record: Uint8Array): Promise<readonly Told[]> {
  const before = scene.heard.length
  playFirmware(scene).publish(record)
  await scene.tell(apeiNotify, SOURCE)
  const told = () => scene.heard.slice(before)
  await scene.until(() => written(told()).includes(CELL.readAck), 'the write of the read-ack register')
  return told()
}

const written = (told: readonly Told[]): readonly bigint[] =>
  told.flatMap(({ message, data }) => (message === memoryWrite ? (data as MemoryWrite).hostPhysical : []))

export const APEI_CHECKS: readonly Check[] = [
  {
    name: 'boot-reads-the-hest',
    about: 'the HEST is read at every boot, once, before any other memory of firmware',
    async run(scene) {
      await otherProcess(scene)
      const before = scene.heard.length
      await scene.tell(hostBoot, {})
      await otherProcess(scene)
      const asked = scene.heard.slice(before).flatMap(({ message }) => (message.to === 'firmware' ? message.type : []))
      scene.same(asked[0], hestRead.type, 'what firmware is asked first')
      scene.same(asked.filter((type) => type === hestRead.type).length, 1, 'the number of hest.read')
    }
  },
  {
    name: 'record-is-read-then-cleared',
    about: 'on a notification the cell is read, the header of the block, then all of it; then Block Status is cleared',
    async run(scene) {
      const record = recordOf(await otherProcess(scene))
      const end = CELL.block + BigInt(record.length)
      const steps = (await acknowledged(scene, record)).flatMap(({ message, data }) => {
        const { hostPhysical } = data as MemoryWrite
        if (message === memoryWrite) return hostPhysical === CELL.block ? ['clear'] : []
        if (message !== memoryRead) return []
        if (hostPhysical === CELL.pointer) return ['cell']
        const { length } = data as MemoryRead
        if (CELL.block <= hostPhysical && hostPhysical < end && end <= hostPhysical + BigInt(length)) return ['rest']
        return hostPhysical === CELL.block ? ['header'] : []
      })
      scene.same(steps, ['cell', 'header', 'rest', 'clear'], 'the order')
      scene.same(scene.of(memoryWrite)[0]?.data.bytes, new Uint8Array(4), 'what Block Status is written with')
    }
  },
  {
    name: 'acknowledged-after-it-is-cleared',
    about: 'the read-ack register is written last, its preserve and write masks applied (ACPI 18.3.2.8)',
    async run(scene) {
      const told = await acknowledged(scene, recordOf(await otherProcess(scene)))
      scene.same(written(told), [CELL.block, CELL.readAck], 'what is written')
      const [, ack] = scene.of(memoryWrite)
      scene.same(ack?.data.bytes, ACKNOWLEDGED, 'the read-ack register')
    }
  },
  {
    name: 'no-record-nothing-written',
    about: 'a block with Block Status 0 holds nothing to clear or to acknowledge',
    async run(scene) {
      const record = recordOf(await otherProcess(scene))
      await scene.tell(apeiNotify, SOURCE)
      await acknowledged(scene, record)
      scene.same(scene.of(memoryWrite).length, 2, 'the number of memory.write, of one record')
    }
  },
  {
    name: 'access-goes-to-the-frame',
    about: 'what a thread touches goes to the hardware by the physical address that process.create answered',
    async run(scene) {
      const hostPhysical = await otherProcess(scene)
      await touch(scene, OTHER.pid, 0x18n)
      const { pid, tid, el, access, virtual, physical } = await scene.next(memoryAccess)
      scene.same(
        { pid, tid, el, access, virtual, physical },
        {
          pid: OTHER.pid,
          tid: OTHER.pid,
          el: 0,
          access: 'load',
          virtual: OTHER.hostVirtual + 0x18n,
          physical: hostPhysical + 0x18n
        },
        'memory.access'
      )
    }
  },
  {
    name: 'one-access-of-a-thread-at-a-time',
    about: 'the next access of a thread comes when the one before is complete; those of other threads do not wait',
    async run(scene) {
      const other = OTHER.pid + 1
      await otherProcess(scene)
      await otherProcess(scene, other)
      await touch(scene, OTHER.pid, 0x18n)
      await touch(scene, OTHER.pid, 0x20n)
      await touch(scene, other, 0x28n)
      const made = () => scene.of(memoryAccess).map(({ data }) => data.virtual - OTHER.hostVirtual)
      await scene.until(() => made().includes(0x28n), 'memory.access of the other thread')
      scene.same(made(), [0x18n, 0x28n], 'what is accessed at first')
      await scene.tell(accessCompleteHost, await scene.next(memoryAccess))
      await scene.next(memoryAccess, 2)
      scene.same(made(), [0x18n, 0x28n, 0x20n], 'what is accessed')
    }
  },
  {
    name: 'early-kill-is-told-at-once',
    about: 'of lost memory an early-kill VMM is told by SIGBUS BUS_MCEERR_AO: its address, the extent, its main thread',
    async run(scene) {
      const page = (await vmOf(scene)).page(5)
      const { tid, signo, code, codeName, hostVirtual, addressLsb, killed } = await poisoned(scene, page)
      scene.same(
        { tid, signo, code, codeName, hostVirtual, addressLsb, killed },
        {
          tid: TID.main,
          signo: SIGBUS,
          code: BUS_MCEERR_AO,
          codeName: 'BUS_MCEERR_AO',
          hostVirtual: page.hostVirtual,
          addressLsb: 12,
          killed: false
        },
        'signal.deliver'
      )
    }
  },
  {
    name: 'siginfo-says-the-same',
    about: 'the 128 bytes of siginfo_t hold the signal, the code, si_addr and si_addr_lsb of the message',
    async run(scene) {
      const signal = await poisoned(scene, (await vmOf(scene)).page(5))
      scene.same(signal.siginfo.length, 128, 'the length of siginfo')
      const { signo, code, address, addressLsb } = decodeSiginfo(signal.siginfo)
      const { hostVirtual } = signal
      scene.same(
        { signo, code, address, addressLsb },
        { signo: signal.signo, code: signal.code, address: hostVirtual, addressLsb: signal.addressLsb },
        'siginfo'
      )
    }
  },
  {
    name: 'lost-page-leaves-stage-2',
    about: 'before the VMM is told of it the page is out of stage 2',
    async run(scene) {
      const page = (await vmOf(scene)).page(5)
      await poisoned(scene, page)
      const isOfPage = (data: unknown) => {
        const { guestPhysical, length } = data as { guestPhysical: bigint; length: bigint }
        return guestPhysical <= page.guestPhysical && page.guestPhysical < guestPhysical + length
      }
      const unmapped = scene.heard.findIndex(({ message, data }) => message === stage2Unmap && isOfPage(data))
      const told = scene.heard.findIndex(({ message }) => message === signalDeliver)
      scene.must(unmapped >= 0 && unmapped < told, 'stage2.unmap of the page does not come before signal.deliver')
    }
  },
  {
    name: 'late-kill-is-told-when-it-touches',
    about: 'who wants to be told late hears nothing until it touches the page: then BUS_MCEERR_AR',
    async run(scene) {
      const page = (await vmOf(scene, { mceKill: 'late' })).page(5)
      await acknowledged(scene, recordOf(page.hostPhysical))
      await scene.tell(exceptionTakeEl2, faultOn(page))
      scene.same((await scene.next(signalDeliver)).code, BUS_MCEERR_AR, 'the code of the first signal')
    }
  },
  {
    name: 'corrected-is-no-loss',
    about: 'of a corrected error nobody is signalled',
    async run(scene) {
      const vm = await vmOf(scene)
      await acknowledged(scene, recordOf(vm.page(5).hostPhysical, 'corrected'))
      const { hostVirtual } = await poisoned(scene, vm.page(6))
      scene.same(hostVirtual, vm.page(6).hostVirtual, 'the address of the first signal')
    }
  },
  {
    name: 'who-is-not-there-is-refused',
    about: 'a process and an error source that the kernel does not have are refused with a problem',
    async run(scene) {
      await otherProcess(scene)
      const access = { pid: OTHER.pid + 1, hostVirtual: OTHER.hostVirtual, access: 'load' } as const
      refused('an access of a process that does not run', await scene.send(processAccess, access))
      refused('a source that no HEST has', await scene.send(apeiNotify, { ...SOURCE, source: 77 }))
    }
  }
]
