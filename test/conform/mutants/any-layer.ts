import type { FastifyInstance } from 'fastify'
import { fetch } from '../../../cli/fetch.ts'
import { requestOf } from '../../../shared/contracts/path.ts'
import { HEADER } from '../../../shared/transport/headers.ts'
import type { Outgoing, Transport } from '../../../shared/transport/transport.ts'
import type { Mutant } from '../support.ts'

/** Faults that a service of any layer can have. */

/** A way out on which messages of a type are thought delivered though nobody hears of them; a question is answered so. */
export const loses =
  (type: string, answer: unknown = {}, isLost: (data: unknown) => boolean = () => true) =>
  (transport: Transport): Transport => ({
    ...transport,
    deliver(outgoing, done) {
      if (outgoing.message.type !== type || !isLost(outgoing.data)) return transport.deliver(outgoing, done)
      queueMicrotask(() => done({ kind: 'answered', journalled: false, answer }))
      return () => undefined
    }
  })

/** A way out on which the answers to questions of a type are others; `outgoing` is the question. */
export const misreads =
  <Answer>(type: string, change: (answer: Answer, outgoing: Outgoing) => unknown) =>
  (transport: Transport): Transport => ({
    ...transport,
    deliver: (outgoing, done) =>
      transport.deliver(outgoing, (reply) =>
        done(
          reply.kind === 'answered' && outgoing.message.type === type
            ? { ...reply, answer: change(reply.answer as Answer, outgoing) }
            : reply
        )
      )
  })

/** A way out on which messages leave only once one of another type has been delivered; a question is answered before. */
export const holds =
  (type: string, until: string, isHeld: (data: unknown) => boolean = () => true, answer: unknown = {}) =>
  (transport: Transport): Transport => {
    const held: (() => void)[] = []
    return {
      ...transport,
      deliver(outgoing, done) {
        if (outgoing.message.type === type && isHeld(outgoing.data)) {
          held.push(() => transport.deliver(outgoing, () => undefined))
          queueMicrotask(() => done({ kind: 'answered', journalled: false, answer }))
          return () => undefined
        }
        return transport.deliver(outgoing, (reply) => {
          if (outgoing.message.type === until) for (const release of held.splice(0)) release()
          done(reply)
        })
      }
    }
  }

/** What is unknown, or not possible now, is accepted. */
export const acceptsRefusals = (...breaks: readonly string[]): Mutant => ({
  what: 'what cannot be done is accepted',
  breaks,
  app: (app: FastifyInstance) =>
    void app.addHook('onSend', async (_request, reply, payload) => {
      const isOfMachine = !String(payload).includes('route-unknown')
      if (isOfMachine && (reply.statusCode === 404 || reply.statusCode === 409)) reply.code(202)
      return payload
    })
})

/** Faults that show on the messages that `effective` of a layer's rules names; `effect` is the one that neighbours hear. */
export const generalMutants = (effect: string): readonly Mutant[] => [
  TAKES_REPEATS,
  {
    what: 'what does not fit is accepted',
    breaks: ['malformed-is-a-problem'],
    app: (app) =>
      void app.addHook('onSend', async (_request, reply, payload) => {
        if (reply.statusCode === 422 || reply.statusCode === 400) reply.code(202)
        return payload
      })
  },
  {
    what: 'refusals are text',
    breaks: ['malformed-is-a-problem', 'unknown-machine'],
    app: (app) =>
      void app.addHook('onSend', async (_request, reply, payload) => {
        if (reply.statusCode >= 400) reply.type('text/plain')
        return payload
      })
  },
  givesUp(effect),
  {
    what: `the first ${effect} is overtaken by the second`,
    breaks: ['in-order'],
    transport(transport) {
      const held = new Map<string, () => void>()
      const seen = new Set<string>()
      return onlyOf(effect, transport, (outgoing, done) => {
        const { machine } = outgoing
        if (!seen.has(machine)) {
          seen.add(machine)
          held.set(machine, () => transport.deliver(outgoing, done))
          return () => undefined
        }
        const stop = transport.deliver(outgoing, done)
        held.get(machine)?.()
        held.delete(machine)
        return stop
      })
    }
  },
  {
    what: `${effect} of a machine waits for that of every other`,
    breaks: ['slow-neighbour-holds-up-nobody-else'],
    transport(transport) {
      let isBusy = false
      const waiting: (() => void)[] = []
      const next = () => {
        isBusy = waiting.length > 0
        waiting.shift()?.()
      }
      return onlyOf(effect, transport, (outgoing, done) => {
        waiting.push(() =>
          transport.deliver(outgoing, (reply) => {
            done(reply)
            next()
          })
        )
        if (!isBusy) next()
        return () => undefined
      })
    }
  },
  {
    what: `after a refusal there is no ${effect} any more`,
    breaks: ['refusing-neighbour-is-no-end'],
    transport(transport) {
      const refused = new Set<string>()
      return onlyOf(effect, transport, (outgoing, done) => {
        if (refused.has(outgoing.machine)) return () => undefined
        return transport.deliver(outgoing, (reply) => {
          if (reply.kind === 'refused') refused.add(outgoing.machine)
          done(reply)
        })
      })
    }
  }
]

/** A way out on which messages of one type go another way. */
function onlyOf(type: string, transport: Transport, deliver: Transport['deliver']): Transport {
  return {
    ...transport,
    deliver: (outgoing, done) =>
      outgoing.message.type === type ? deliver(outgoing, done) : transport.deliver(outgoing, done)
  }
}

const AGAIN = '-again-'

/** The repeat is answered as the first was, so that only its effect tells of it. */
const TAKES_REPEATS: Mutant = {
  what: 'a message is taken again when it comes again',
  breaks: ['repeat-changes-nothing', 'id-belongs-to-one-message'],
  app(app) {
    let requests = 0
    app.addHook('onRequest', async ({ headers }) => {
      const { [HEADER.idempotencyKey]: id } = headers
      if (typeof id === 'string') headers[HEADER.idempotencyKey] = `${id}${AGAIN}${++requests}`
    })
    app.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string' ? payload.replace(new RegExp(`${AGAIN}\\d+`, 'g'), '') : payload
    )
  }
}

/** A message of this type is sent once, and taken as delivered whatever the answer is. */
function givesUp(type: string): Mutant {
  return {
    what: `${type} is lost when a neighbour is not there`,
    breaks: ['absent-neighbour-is-asked-again'],
    transport: (transport) =>
      onlyOf(type, transport, ({ message, machine, data, id }, done) => {
        const { path, body } = requestOf(message)(machine, data)
        const sent = fetch(`${transport.urlOf(message.to)}${path}`, {
          method: message.method,
          headers: { 'content-type': 'application/json', [HEADER.id]: id },
          body: JSON.stringify(body)
        })
        const given = () =>
          done(
            message.reply === undefined
              ? { kind: 'accepted', journalled: false, id, seq: 0 }
              : { kind: 'answered', journalled: false, answer: {} }
          )
        void sent.then(given, given)
        return () => undefined
      })
  }
}
