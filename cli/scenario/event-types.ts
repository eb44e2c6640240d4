import { ACCEPTS } from '../../shared/contracts/registry.ts'

/** Notes that layers leave in their journals, by type; messages are in the registry of the contracts. */
const NOTES = [
  'decision.refused',
  'error.overflow',
  'error.planted',
  'exit.too-late',
  'exit.unserved',
  'firmware.panic',
  'guest.access',
  'guest.flow',
  'guest.printk',
  'guest.signal',
  'guest.step',
  'guest.trace',
  'guest.unmodelled',
  'host.access',
  'host.livelock',
  'host.panic',
  'host.printk',
  'host.sdei',
  'host.signal',
  'host.source-refused',
  'host.step',
  'host.trace',
  'host.unmodelled',
  'ioctl.failed',
  'line.repaired',
  'livelock',
  'memory.removed',
  'memory.replaced',
  'neighbour.refused',
  'notification.fallback',
  'pe.spin',
  'pe.unmodelled',
  'policy.answered',
  'policy.asked',
  'record.coalesced',
  'record.dropped',
  'record.held',
  'record.lost',
  'record.published',
  'record.untold',
  'record.waiting',
  'record.written',
  'scrub.done',
  'sigbus.slot-occupied',
  'signal.no-memory-error',
  'signal.too-late',
  'signal.unmodelled',
  'vm.created',
  'vm.ended'
]

const MESSAGES = Object.values(ACCEPTS).flatMap((rows) => rows.map(({ type }) => type))

/** Every type an entry of a trace can have; an expectation about another one would hold or fail for no reason. */
export const EVENT_TYPES: ReadonlySet<string> = new Set([...NOTES, ...MESSAGES, 'machine.start'])
