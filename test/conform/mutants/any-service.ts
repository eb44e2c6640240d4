import { fetch } from '../../../cli/fetch.ts'
import { requestOf } from '../../../shared/contracts/path.ts'
import { HEADER } from '../../../shared/transport/headers.ts'
import type { Mutant } from '../support.ts'

/** Faults that a service of any layer can have. */

type Fault = Omit<Mutant, 'breaks'>

/** The repeat is answered as the first was, so that only its effect tells of it. */
export const TAKES_REPEATS: Fault = {
  what: 'a message is taken again when it comes again',
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
const AGAIN = '-again-'

export const ACCEPTS_ANYTHING: Fault = {
  what: 'what does not fit is accepted',
  app: (app) =>
    void app.addHook('onSend', async (_request, reply, payload) => {
      if (reply.statusCode === 422 || reply.statusCode === 400) reply.code(202)
      return payload
    })
}

export const REFUSES_IN_TEXT: Fault = {
  what: 'refusals are text',
  app: (app) =>
    void app.addHook('onSend', async (_request, reply, payload) => {
      if (reply.statusCode >= 400) reply.type('text/plain')
      return payload
    })
}

/** A message of this type is sent once, and taken as delivered whatever the answer is. */
export const GIVES_UP = (type: string): Fault => ({
  what: `${type} is lost when a neighbour is not there`,
  transport: (transport) => ({
    ...transport,
    deliver(outgoing, done) {
      const { message, machine, data, id } = outgoing
      if (message.type !== type) return transport.deliver(outgoing, done)
      const { path, body } = requestOf(message)(machine, data)
      const headers = { 'content-type': 'application/json', [HEADER.id]: id }
      const sent = fetch(`${transport.urlOf(message.to)}${path}`, {
        method: message.method,
        headers,
        body: JSON.stringify(body)
      })
      const given = () => done({ kind: 'accepted', journalled: false, id, seq: 0 })
      void sent.then(given, given)
      return () => undefined
    }
  })
})
