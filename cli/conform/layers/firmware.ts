import { fieldsOfRecord, firmwareAt, type FirmwareView } from './firmware-view.ts'
import type { ExceptionTaken } from '../../../shared/contracts/common.ts'
import {
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  memoryRead,
  notificationChoose
} from '../../../shared/contracts/firmware.ts'
import { exceptionReturn } from '../../../shared/contracts/hardware.ts'
import { apeiNotify, platformHalt } from '../../../shared/contracts/host-kernel.ts'
import type { Check } from '../check.ts'
import type { LayerRules } from '../conform-layer.ts'
import { noProblem } from '../general.ts'
import { Broken, Skipped, type Scene } from '../scene.ts'

/** What the contract asks of firmware: the HEST, the record, the acknowledgement, and how the OS is notified. */

const LINE = 0x4800_1000n
const lineOf = (n: number) => LINE + BigInt(n) * 0x1000n
const ESR_SERROR_UER = 0xbe00_0c11n
const ESR_SERROR_UC = 0xbe00_0011n
const ESR_SEA = 0x9200_0010n

const INTERRUPTED = {
  vm: 'vm0',
  vcpu: 0,
  el: 0,
  pc: 0x40_0c10n,
  pstate: 0n,
  access: 'load',
  virtual: 0xffff_8000n,
  physical: 0x4000_1000n
} as const

const serror = (n: number, record: object = {}): ExceptionTaken => ({
  exception: 'SError',
  el: 3,
  esr: ESR_SERROR_UER,
  interrupted: INTERRUPTED,
  record: { status: 0xe430_0012n, hostPhysical: lineOf(n), kind: 'memory', severity: 'recoverable', ...record }
})

/** An error is taken, and firmware's memory looked at when the OS is told of it. */
async function toldOf(scene: Scene, taken: ExceptionTaken): Promise<{ view: FirmwareView; source: number }> {
  const before = scene.of(apeiNotify).length
  await scene.tell(exceptionTakeEl3, taken)
  const { source } = await scene.next(apeiNotify, before)
  return { view: await firmwareAt(scene), source }
}

/** An error is told by a notification of our choice. Skipped where firmware has no other than its own. */
async function toldBy(scene: Scene, recoverable: 'GSIV' | 'SEA', taken: ExceptionTaken): Promise<void> {
  await scene.tell(notificationChoose, { recoverable })
  await toldOf(scene, taken)
  const { notify } = await scene.next(apeiNotify)
  if (notify !== recoverable) throw new Skipped(`it tells by ${notify}, whatever is chosen`)
}

const CHECKS: readonly Check[] = [
  {
    name: 'hest-can-be-walked',
    about: 'hest.read gives a HEST with a right checksum and at least one GHES, whose cells memory.read serves',
    async run(scene) {
      const view = await firmwareAt(scene)
      scene.must(view.sources.length > 0, 'the HEST has no GHES or GHESv2')
      for (const { sourceId } of view.sources) {
        const { block, readAck } = await view.cells(sourceId)
        scene.must(block !== 0n, `the Error Status Address of source ${sourceId} holds no address`)
        if (readAck !== undefined)
          scene.same(readAck.acknowledged, true, `source ${sourceId} acknowledged from the start`)
      }
    }
  },
  {
    name: 'record-before-notification',
    about: 'when the OS is told, the record lies in the block of that source: its physical address and its severity',
    async run(scene) {
      const { view, source } = await toldOf(scene, serror(1))
      const record = fieldsOfRecord(await view.block(source))
      scene.same(
        record,
        { severity: 'recoverable', sectionSeverity: 'recoverable', physicalAddress: lineOf(1) },
        'the record'
      )
    }
  },
  {
    name: 'notification-is-the-sources',
    about: 'apei.notify names a source of the HEST, its notification type and, for an interrupt, its vector',
    async run(scene) {
      const { view, source } = await toldOf(scene, serror(1))
      const told = await scene.next(apeiNotify)
      const listed = view.sources.find(({ sourceId }) => sourceId === source)
      if (listed === undefined) throw new Broken(`source ${source} is not in the HEST`)
      scene.same(told.notify, listed.notify, `the notification of source ${source}`)
      if (told.notify === 'GSIV') scene.same(told.vector, listed.vector, `the vector of source ${source}`)
    }
  },
  {
    name: 'acknowledgement-is-taken-back',
    about: 'from the record on until the OS writes it the Read Ack Register does not say acknowledged (ACPI 18.3.2.8)',
    async run(scene) {
      const { view, source } = await toldOf(scene, serror(1))
      const { readAck } = await view.cells(source)
      if (readAck !== undefined) scene.same(readAck.acknowledged, false, `source ${source} acknowledged`)
    }
  },
  {
    name: 'next-record-waits-for-the-acknowledgement',
    about: 'a block is not written over before it is acknowledged; then the next record is told',
    async run(scene) {
      const { view, source } = await toldOf(scene, serror(1))
      await scene.tell(exceptionTakeEl3, serror(2))
      await scene.until(() => scene.of(exceptionReturn).length >= 2, 'exception.return of the second error')
      scene.same(fieldsOfRecord(await view.block(source)).physicalAddress, lineOf(1), 'the address in the block')
      scene.same(scene.of(apeiNotify).length, 1, 'the number of apei.notify')
      await view.acknowledge(source)
      await scene.next(apeiNotify, 1)
      scene.same(fieldsOfRecord(await view.block(source)).physicalAddress, lineOf(2), 'the address in the block then')
    }
  },
  {
    name: 'exception-ends-before-an-interrupt',
    about:
      'for a notification by interrupt exception.return goes to the hardware first, for the context that was interrupted',
    async run(scene) {
      await toldBy(scene, 'GSIV', serror(1))
      const order = scene.heard.map(({ message }) => message.type)
      scene.must(
        order.indexOf(exceptionReturn.type) >= 0 &&
          order.indexOf(exceptionReturn.type) < order.indexOf(apeiNotify.type),
        `exception.return does not come before apei.notify, but ${order.join(', ')}`
      )
      const [back] = scene.of(exceptionReturn)
      scene.same(back?.data, { vm: 'vm0', vcpu: 0 }, 'the context that is returned to')
    }
  },
  {
    name: 'sea-carries-the-exception',
    about: 'told by SEA, apei.notify has the syndrome and what was interrupted, and nothing else returns from it',
    async run(scene) {
      const taken = { ...serror(1), exception: 'SEA', esr: ESR_SEA, far: INTERRUPTED.virtual } as const
      await toldBy(scene, 'SEA', taken)
      const { esr, far, interrupted } = await scene.next(apeiNotify)
      scene.same(
        { esr, far, interrupted },
        { esr: ESR_SEA, far: INTERRUPTED.virtual, interrupted: INTERRUPTED },
        'apei.notify'
      )
      scene.same(scene.of(exceptionReturn).length, 0, 'the number of exception.return')
    }
  },
  {
    name: 'uncontainable-stops-the-platform',
    about: 'an SError with AET UC is the end: platform.halt, no record is told, and nothing is returned to',
    async run(scene) {
      await scene.send(exceptionTakeEl3, { ...serror(1), esr: ESR_SERROR_UC })
      await scene.next(platformHalt)
      scene.same(
        [scene.of(apeiNotify).length, scene.of(exceptionReturn).length],
        [0, 0],
        'apei.notify, exception.return'
      )
    }
  },
  {
    name: 'no-address-no-address',
    about: 'of a node that knows no address the record has none, rather than 0',
    async run(scene) {
      const unplaced = { status: 0xe030_0012n, kind: 'memory', severity: 'recoverable' } as const
      const { view, source } = await toldOf(scene, { ...serror(1), record: unplaced })
      scene.same(fieldsOfRecord(await view.block(source)).physicalAddress, undefined, 'the address in the record')
    }
  },
  {
    name: 'interrupt-of-a-node-returns-nowhere',
    about: 'of a fault handling interrupt the OS is told, and no exception is returned from',
    async run(scene) {
      await scene.tell(errorInterrupt, {
        record: { status: 0xe430_0012n, hostPhysical: lineOf(1), kind: 'memory', severity: 'recoverable' }
      })
      const { source } = await scene.next(apeiNotify)
      const view = await firmwareAt(scene)
      scene.same(fieldsOfRecord(await view.block(source)).physicalAddress, lineOf(1), 'the address in the record')
      scene.same(scene.of(exceptionReturn).length, 0, 'the number of exception.return')
    }
  },
  {
    name: 'handed-in-bytes-stay-as-they-are',
    about: 'a status block that is handed in lies in the block byte for byte',
    async run(scene) {
      const view = await firmwareAt(scene)
      const [source] = view.sources
      if (source === undefined) throw new Broken('the HEST has no GHES or GHESv2')
      const bytes = Uint8Array.fromBase64(String(errorRecordSubmit.example?.['bytes']))
      await scene.tell(errorRecordSubmit, { source: source.sourceId, bytes })
      scene.same(
        (await view.block(source.sourceId)).slice(0, bytes.length),
        bytes,
        `the block of source ${source.sourceId}`
      )
    }
  },
  {
    name: 'only-its-own-memory',
    about: 'memory that firmware does not own is refused with a problem',
    async run(scene) {
      await firmwareAt(scene)
      const wrong = noProblem(await scene.send(memoryRead, { hostPhysical: 0x1000n, length: 8 }))
      if (wrong !== undefined) throw new Broken(`memory.read of 0x1000 ${wrong}`)
    }
  }
]

export const FIRMWARE_RULES: LayerRules = {
  layer: 'firmware',
  checks: CHECKS,
  effective: {
    // Told one by one: the OS acknowledges each at once.
    async prepare(scene) {
      await scene.tell(notificationChoose, { recoverable: 'GSIV' })
      scene.answer(exceptionReturn, () => ({}))
    },
    message: exceptionTakeEl3,
    data: (n) => ({
      exception: 'SError',
      el: 3,
      esr: '0xbe000c11',
      interrupted: {
        vm: 'vm0',
        vcpu: n,
        el: 0,
        pc: '0x400c10',
        pstate: '0x0',
        access: 'load',
        virtual: '0xffff8000',
        physical: '0x40001000'
      },
      record: {
        status: '0xe4300012',
        hostPhysical: `0x${lineOf(n).toString(16)}`,
        kind: 'memory',
        severity: 'recoverable'
      }
    }),
    effect: exceptionReturn,
    belongsTo: (effect, n) => (effect as { vcpu?: number }).vcpu === n
  }
}
