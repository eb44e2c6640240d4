import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MessageType } from '../contracts/message.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { AllowedAddresses } from '../transport/allowed-addresses.ts'
import { unknownName } from '../contracts/given-name.ts'
import type { Inbox } from './link-receiver.ts'
import { whyNobodyIsAt } from './reach-address.ts'

/** The URL of a service among the data of a message, and the field that has it; undefined when there is none. */
function givenAddress(
  address: string | undefined,
  json: unknown
): { readonly url: string; readonly field: string } | undefined {
  if (address === undefined || typeof json !== 'object' || json === null) return undefined
  const value = (json as Readonly<Record<string, unknown>>)[address]
  // A name of ours has no scheme; what is neither is the model's to refuse.
  if (typeof value !== 'string' || !/^https?:/i.test(value) || !URL.canParse(value)) return undefined
  return { url: value, field: `/${address}` }
}

/**
 * Throws ProblemError for a message that gives a service an address at which none may be, or a name that none has. Gives the
 * URL, where one is given.
 */
export async function requireAddress(
  message: Pick<MessageType, 'address' | 'names'>,
  json: unknown,
  addresses: AllowedAddresses,
  at = ''
): Promise<string | undefined> {
  const unknown = unknownName(message, json)
  if (unknown !== undefined) throw new ProblemError(unknown.code, unknown.detail, { field: at + unknown.field })
  const given = givenAddress(message.address, json)
  const why = given === undefined ? undefined : await addresses.refusal(given.url)
  if (given !== undefined && why !== undefined) {
    throw new ProblemError('address-refused', why, { field: at + given.field })
  }
  return given?.url
}

/**
 * The hooks of the route of a message that may give an address; nothing for another. Who is not there yet may come, so that
 * the message is taken all the same; its answer says that nobody is there now.
 */
export function addressHooks(message: MessageType, addresses: AllowedAddresses) {
  if (message.address === undefined) return {}
  const unreachable = new WeakMap<FastifyRequest, string>()
  return {
    async preHandler(request: FastifyRequest) {
      const url = await requireAddress(message, request.body, addresses)
      const why = url === undefined ? undefined : await whyNobodyIsAt(url, addresses)
      if (why !== undefined) unreachable.set(request, `${url}: ${why}`)
    },
    async onSend(request: FastifyRequest, { statusCode }: FastifyReply, payload: unknown): Promise<unknown> {
      const why = unreachable.get(request)
      if (why === undefined || statusCode > 299 || typeof payload !== 'string') return payload
      return JSON.stringify({ ...(JSON.parse(payload) as object), unreachable: why })
    }
  }
}

/** What comes over a link has its turn at once, so that no name is looked up: that is done when it is connected to. */
export function withAddresses(inbox: Inbox, accepts: readonly MessageType[], addresses: AllowedAddresses): Inbox {
  const fields = new Map(accepts.flatMap((each) => (each.address === undefined ? [] : [[each.type, each]])))
  if (fields.size === 0) return inbox
  return {
    parse(type, json) {
      const message = fields.get(type)
      if (message === undefined) return inbox.parse(type, json)
      const unknown = unknownName(message, json)
      if (unknown !== undefined) return { error: unknown }
      const given = givenAddress(message.address, json)
      const detail = given === undefined ? undefined : addresses.badUrl(given.url)
      if (given === undefined || detail === undefined) return inbox.parse(type, json)
      return { error: { code: 'field-invalid', field: given.field, detail } }
    },
    accept: (message, reply) => inbox.accept(message, reply)
  }
}
