import t from 'tap'
import { einjInject, memoryRead, memoryWrite } from '../../shared/contracts/firmware.ts'
import { errorInject, memoryAccess, stage2Map, stage2Unmap } from '../../shared/contracts/hardware.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { firmwareModel } from '../../services/firmware/model.ts'
import { hardwareModel } from '../../services/hardware/model.ts'
import { ack, block, GUEST_LOAD, LINE, word } from './support.ts'

const MAP = { vm: 'vm0', guestPhysical: 0x4000_1000n, hostPhysical: LINE, length: 0x1000n }

/** Hardware and firmware of one machine, every message through its wire form; the layers above are only listened to. */
function lowerHalf() {
  const bus = new MachineRoom([hardwareModel, firmwareModel], { absent: 'silent', validate: true })
  let seen = 0
  bus.ask('m0', stage2Map, MAP)
  return {
    bus,
    /** What was said since the last time, in order. */
    news: () => {
      bus.settle()
      const entries = bus.journal().slice(seen)
      seen = bus.journal().length
      return entries
        .filter(({ kind, from }) => kind === 'note' || (kind === 'message' && from !== 'outside'))
        .map(({ kind, layer, to, type }) => (kind === 'note' ? `${layer}: ${type}` : `${to} ${type}`))
    }
  }
}

void t.test('the first hop of the story: SError, record, return, interrupt; then the re-run spins', async (t) => {
  const { bus, news } = lowerHalf()
  bus.post('m0', errorInject, {
    kind: 'memory',
    hostPhysical: LINE,
    signalled: 'SError',
    containment: 'UER',
    severity: 'recoverable'
  })
  news()

  bus.post('m0', memoryAccess, GUEST_LOAD)

  t.strictSame(news(), [
    'firmware exception.take',
    'firmware: record.published',
    'hardware exception.return',
    'hardware: pe.spin',
    'host-kernel apei.notify'
  ])
  const { bytes } = bus.ask('m0', memoryRead, { hostPhysical: block(3), length: 0xc00 }) as {
    bytes: Uint8Array
  }
  const [entry] = decodeErrorStatusBlock(bytes).entries
  t.match(decodeMemorySection(entry?.payload ?? bytes), { physicalAddress: LINE })
})

void t.test('the host kernel unmaps and acknowledges: the same access is a stage 2 fault', async (t) => {
  const { bus, news } = lowerHalf()
  bus.post('m0', einjInject, { type: 16, flags: 2, param1: LINE, signalled: 'SError', notrigger: 1 })
  bus.settle()
  bus.post('m0', memoryAccess, GUEST_LOAD)
  news()

  bus.ask('m0', stage2Unmap, { vm: 'vm0', guestPhysical: 0x4000_1000n, length: 0x1000n })
  bus.ask('m0', memoryWrite, { hostPhysical: ack(3), bytes: word(1n) })

  t.strictSame(news(), ['hardware: pe.progress', 'host-kernel exception.take'])
})

void t.test('an EINJ request that hardware cannot carry out is refused to whoever made it', async (t) => {
  const { bus, news } = lowerHalf()

  t.throws(() => bus.ask('m0', einjInject, { type: 16, flags: 2, param1: 0n }), /address-outside-memory/)

  t.strictSame(news(), ['hardware address.decode'])
  t.match(bus.journal().at(-1), { kind: 'refusal', type: 'einj.inject' })
})

void t.test('an uncontained error ends at EL3: the access never completes and the OS gets no record', async (t) => {
  const { bus, news } = lowerHalf()
  bus.post('m0', errorInject, {
    kind: 'memory',
    hostPhysical: LINE,
    signalled: 'SEA',
    containment: 'UC',
    severity: 'fatal'
  })
  news()

  bus.post('m0', memoryAccess, GUEST_LOAD)

  t.strictSame(news(), ['firmware exception.take', 'firmware: firmware.panic', 'host-kernel platform.halt'])
})
