import { fetch } from '../../../cli/fetch.ts'
import { requestOf } from '../../../shared/contracts/path.ts'
import { HEADER } from '../../../shared/transport/headers.ts'
import type { Mutant } from '../support.ts'

/** Faults that a service of any layer can have. */

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
  givesUp(effect)
]

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
    transport: (transport) => ({
      ...transport,
      deliver(outgoing, done) {
        const { message, machine, data, id } = outgoing
        if (message.type !== type) return transport.deliver(outgoing, done)
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
      }
    })
  }
}
