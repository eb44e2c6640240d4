import type { apeiNotify } from '../../../shared/contracts/host-kernel.ts'
import type { exceptionReturn } from '../../../shared/contracts/hardware.ts'
import type { errorRecordSubmit, exceptionTakeEl3, memoryRead } from '../../../shared/contracts/firmware.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import { CHECKSUM_OFFSET } from '../../../shared/formats/acpi-table.ts'
import { effects, hears, sends, type Mutant } from '../support.ts'
import { generalMutants } from './any-layer.ts'
import { after, before } from './memory-of.ts'

type Taken = DataOf<typeof exceptionTakeEl3>

/** Where the memory of firmware begins, and the acknowledgement of the source that it tells by. */
const OWN = 0x3f00_0000n
const ACKNOWLEDGED = { hostPhysical: 0x3f00_4008n, bytes: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]) }

/** Our firmware, each with one fault. */
export const FIRMWARE_MUTANTS: readonly Mutant[] = [
  {
    what: 'the record is about the next page',
    breaks: ['record-before-notification'],
    model: hears<Taken>('exception.take', (taken) => ({
      ...taken,
      record: taken.record && {
        ...taken.record,
        ...(taken.record.hostPhysical === undefined ? {} : { hostPhysical: taken.record.hostPhysical + 0x1000n })
      }
    }))
  },
  {
    what: 'every error is fatal',
    breaks: ['record-before-notification'],
    model: hears<Taken>('exception.take', (taken) => ({
      ...taken,
      record: taken.record && { ...taken.record, severity: 'fatal' }
    }))
  },
  {
    what: 'a record without an address has address 0',
    breaks: ['no-address-no-address'],
    model: hears<Taken>('exception.take', (taken) => ({
      ...taken,
      record: taken.record && { hostPhysical: 0n, ...taken.record }
    }))
  },
  {
    what: 'the OS is told of another source',
    breaks: ['record-before-notification', 'notification-is-the-sources'],
    model: sends<DataOf<typeof apeiNotify>>('apei.notify', (data) => ({ ...data, source: 1 }))
  },
  {
    what: 'the interrupt has another vector',
    breaks: ['notification-is-the-sources'],
    model: sends<DataOf<typeof apeiNotify>>('apei.notify', (data) => ({ ...data, vector: 7 }))
  },
  {
    what: 'the HEST has a wrong checksum',
    breaks: ['hest-can-be-walked'],
    model: effects((effect) => {
      if (effect.kind !== 'answer') return [effect]
      const { table } = effect.data as { table?: Uint8Array }
      if (table === undefined) return [effect]
      return [{ ...effect, data: { table: table.map((byte, at) => (at === CHECKSUM_OFFSET ? byte + 1 : byte)) } }]
    })
  },
  {
    what: 'a record is acknowledged from the start',
    breaks: ['acknowledgement-is-taken-back'],
    model: after('exception.take', () => [{ type: 'memory.write', data: ACKNOWLEDGED }])
  },
  {
    what: 'the last byte of a record that is handed in is another',
    breaks: ['handed-in-bytes-stay-as-they-are'],
    model: hears<DataOf<typeof errorRecordSubmit>>('error-record.submit', (submit) => ({
      ...submit,
      bytes: submit.bytes.map((byte, at) => (at === submit.bytes.length - 1 ? byte ^ 1 : byte))
    }))
  },
  {
    what: 'all memory is its own',
    breaks: ['only-its-own-memory'],
    model: hears<DataOf<typeof memoryRead>>('memory.read', (read) => ({
      ...read,
      hostPhysical: read.hostPhysical < OWN ? OWN : read.hostPhysical
    }))
  },
  {
    what: 'the OS is never told',
    breaks: ['record-before-notification', 'interrupt-of-a-node-returns-nowhere'],
    model: sends('apei.notify', () => undefined)
  },
  {
    what: 'an SEA without its syndrome',
    breaks: ['sea-carries-the-exception'],
    model: sends<DataOf<typeof apeiNotify>>('apei.notify', ({ source, notify, interrupted }) => ({
      source,
      notify,
      interrupted
    }))
  },
  {
    what: 'it returns to another vCPU',
    breaks: ['exception-ends-before-an-interrupt'],
    model: sends<DataOf<typeof exceptionReturn>>('exception.return', (data) => ({ ...data, vcpu: 5 }))
  },
  {
    what: 'what cannot be contained is told like everything else',
    breaks: ['uncontainable-stops-the-platform'],
    model: hears<Taken>('exception.take', (taken) => ({
      ...taken,
      esr: taken.esr === 0xbe00_0011n ? 0xbe00_0c11n : taken.esr
    }))
  },
  {
    what: 'the block is written over before it is acknowledged',
    breaks: ['next-record-waits-for-the-acknowledgement'],
    model: before('exception.take', () => [{ type: 'memory.write', data: ACKNOWLEDGED }])
  },
  ...generalMutants('exception.return')
]
