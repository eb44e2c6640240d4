import { Type } from 'typebox'
import { LayerName } from '../../contracts/common.ts'
import type { Layer } from '../../contracts/layer.ts'
import type { MessageType } from '../../contracts/message.ts'
import { LINK_PATH } from '../../transport/link-frames.ts'
import { HELLO_HEADER, LINK_PROTOCOL } from '../../transport/link-handshake.ts'
import { AckFrame, AnswerFrame, EventFrameSchema, ProblemFrame } from '../../transport/link-schemas.ts'
import type { Channel, ChannelMessage } from './async-document.ts'
import { called } from './components.ts'
import { operationIdOf, pascal, replyName } from './operation-id.ts'

const text = (description: string) => Type.String({ description })

/** What the caller says in its handshake; the called says the same in its answer, the other way round. */
const Hello = Type.Object({
  [HELLO_HEADER.protocol]: text(`version of this protocol, ${LINK_PROTOCOL}; the first number has to fit`),
  [HELLO_HEADER.from]: LayerName,
  [HELLO_HEADER.to]: LayerName,
  [HELLO_HEADER.contract]: text('SHA-256 of what the called layer accepts'),
  [HELLO_HEADER.release]: Type.Optional(text('the release of seabus, for people'))
})

/** What CloudEvents wants besides, which no receiver looks at. */
const UNREAD = { specversion: { type: 'string', const: '1.0' }, time: { type: 'string' } }

/** The frame of one message: the one of all, with its type and its data. */
function frameOf(message: MessageType): ChannelMessage {
  const { type, data, summary } = message
  const name = pascal(operationIdOf(message))
  const { event } = EventFrameSchema.properties
  const properties = {
    ...UNREAD,
    ...event.properties,
    type: { type: 'string', const: type },
    data: called(data, name)
  }
  const payload = {
    ...EventFrameSchema,
    title: `${name}Frame`,
    properties: { ...EventFrameSchema.properties, event: { ...event, properties } }
  }
  return { summary, payload }
}

/** The reply to a question, with its own answer. */
function answerOf(message: MessageType, reply: object): ChannelMessage {
  const name = pascal(operationIdOf(message))
  const properties = { ...AnswerFrame.properties, answer: called(reply, replyName(message)) }
  const payload = { ...AnswerFrame, title: `${name}AnswerFrame`, properties }
  return { summary: `The answer to ${message.type}`, payload }
}

const answerName = (message: MessageType) => `${operationIdOf(message)}Answer`

/** The link by which other layers send to this one. */
export function linkChannel(layer: Layer, accepts: readonly MessageType[]): Channel {
  const events = accepts.map((message) => [operationIdOf(message), frameOf(message)] as const)
  const questions = accepts.filter(({ reply }) => reply !== undefined)
  const answers = questions.map((message) => [answerName(message), answerOf(message, message.reply ?? {})] as const)
  return {
    address: LINK_PATH,
    title: 'Link',
    description: `What other layers send to ${layer}, in order. A text message of the WebSocket is one frame or more, each a line of JSON; each is replied to once, in any order. Whoever does not fit is refused with 409. docs/links.md has the whole protocol.`,
    headers: Hello,
    messages: {
      ...Object.fromEntries(events),
      ...Object.fromEntries(answers),
      ack: { summary: 'Taken and kept', payload: AckFrame },
      problem: { summary: 'Refused', payload: ProblemFrame }
    },
    operations: {
      ...ifAny('receiveMessage', {
        action: 'receive',
        summary: 'What is no question is acknowledged',
        messages: accepts.filter(({ reply }) => reply === undefined).map(operationIdOf),
        reply: ['ack', 'problem']
      }),
      ...ifAny('receiveQuestion', {
        action: 'receive',
        summary: 'What is a question is answered',
        messages: questions.map(operationIdOf),
        reply: [...questions.map(answerName), 'problem']
      })
    }
  }
}

const ifAny = (id: string, one: Channel['operations'][string]): Channel['operations'] =>
  one.messages.length === 0 ? {} : { [id]: one }
