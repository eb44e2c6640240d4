import type { apeiNotify } from '../../../shared/contracts/host-kernel.ts'
import type { exceptionReturn } from '../../../shared/contracts/hardware.ts'
import type { exceptionTakeEl3 } from '../../../shared/contracts/firmware.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import { hears, sends, type Mutant } from '../support.ts'
import { generalMutants } from './any-layer.ts'

type Taken = DataOf<typeof exceptionTakeEl3>

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
    model: (model) => ({
      ...model,
      step(state, input, live) {
        const acknowledging = { ...input, id: `${input.id}.ack`, type: 'memory.write', from: 'outside' as const }
        const before =
          input.type === 'exception.take'
            ? model.step(state, {
                ...acknowledging,
                data: { hostPhysical: 0x3f00_4008n, bytes: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]) }
              })[0]
            : state
        return model.step(before, input, live)
      }
    })
  },
  ...generalMutants('exception.return')
]
