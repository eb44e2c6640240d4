import type { EnginePorts } from '../../shared/engine/ports.ts'
import { stateOfText, textOfState } from '../../shared/engine/state-text.ts'
import type { Store } from '../../shared/engine/store.ts'
import type { Transport } from '../../shared/transport/transport.ts'
import type { Plant } from './plant.ts'

/** Defects that a delivery of this kind can have. Each is what the product would be with a line of it missing. */

const withStore = (ports: EnginePorts, store: Partial<Store>): EnginePorts => ({
  ...ports,
  store: { ...ports.store, ...store }
})
const withDeliver = (ports: EnginePorts, deliver: Transport['deliver']): EnginePorts => ({
  ...ports,
  transport: { ...ports.transport, deliver }
})
/** True once in so many times. */
function onceIn(many: number): () => boolean {
  let times = 0
  return () => ++times % many === 0
}

const neverRings = () => () => undefined

/** Snapshots in which lists are empty. */
const snapshotsWithout = (...lists: readonly string[]): Plant => ({
  engine: (ports) =>
    withStore(ports, {
      snapshot: (snapshot) => {
        const image = stateOfText(snapshot.text) as Record<string, unknown>
        for (const list of lists) image[list] = []
        ports.store.snapshot({ ...snapshot, text: textOfState(image) })
      }
    })
})

/** Those that show only where a machine is deleted. */
export const DELETING_PLANTS: Readonly<Record<string, Plant>> = {
  'what was kept of a deleted machine stays': {
    engine: (ports) => withStore(ports, { forget: () => undefined })
  },
  'a mark of a deleted machine is written behind its end': {
    engine: (ports) =>
      withStore(ports, {
        forget: (machine, last) => {
          ports.store.forget(machine, last)
          ports.store.markDelivered(machine, 'guest', 1)
        }
      })
  }
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'a message whose attempt failed is not tried again': {
    attempt: (attempt) => (message, tried) => attempt(message, (reply) => reply !== undefined && tried(reply))
  },
  'an acknowledgement is lost for ever': {
    engine: (ports) => {
      const isLost = onceIn(20)
      return withDeliver(ports, (message, done) =>
        ports.transport.deliver(message, (reply) => !isLost() && done(reply))
      )
    }
  },
  'the receiver does not remember ids': { engine: (ports) => ({ ...ports, repeats: false }) },
  'a repeat has an id of its own': {
    attempt: (attempt) => {
      const before = new WeakMap<object, number>()
      return (message, tried) => {
        const times = before.get(message) ?? 0
        before.set(message, times + 1)
        return attempt(times === 0 ? message : { ...message, id: `${message.id}-${times}` }, tried)
      }
    }
  },
  'a flush is skipped now and then': {
    engine: (ports) => {
      const isSkipped = onceIn(5)
      return withStore(ports, {
        flush: () => {
          if (!isSkipped()) ports.store.flush()
        }
      })
    }
  },
  'what there was no room for counts as kept': {
    engine: (ports) =>
      withStore(ports, {
        flush: () => {
          try {
            ports.store.flush()
          } catch {
            // Swallowed.
          }
        }
      })
  },
  'effects do not wait for the flush': {
    engine: (ports, { time }) => withStore(ports, { flush: () => void time.later(1e6, () => ports.store.flush()) })
  },
  'a message counts as delivered when it is sent': {
    engine: (ports) =>
      withDeliver(ports, (message, done) => {
        if (message.message.reply !== undefined) return ports.transport.deliver(message, done)
        const giveUp = ports.transport.deliver(message, () => undefined)
        done({ kind: 'accepted', journalled: true, id: message.id, seq: 0 })
        return giveUp
      })
  },
  'answers are dropped on restart': {
    engine: (ports) =>
      withStore(ports, { inputs: () => [...ports.store.inputs()].filter(({ type }) => type !== 'answer') })
  },
  'snapshots are not read back': {
    engine: (ports) => withStore(ports, { snapshots: () => [] })
  },
  'a snapshot has no timers': snapshotsWithout('timers'),
  'a snapshot has nothing of what was sent and not delivered': snapshotsWithout('out'),
  'a snapshot has no questions': snapshotsWithout('asked'),
  'a snapshot remembers no ids': snapshotsWithout('seen', 'answered'),
  'timers are not set again on restart': {
    engine: (ports, { isStarting }) => ({
      ...ports,
      clock: {
        ...ports.clock,
        setTimer: (ns, fire) => (isStarting() ? neverRings() : ports.clock.setTimer(ns, fire))
      }
    })
  }
}
