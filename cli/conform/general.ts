import type { Static, TObject } from 'typebox'
import type { JsonSchema } from '../../shared/contracts/codec.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { pathParameters } from '../../shared/contracts/path.ts'
import type { Check } from './check.ts'
import { CUT } from './neighbours.ts'
import { Broken, shown, Skipped, type Got, type Scene } from './scene.ts'

/** What every layer has to keep, whatever it does: shown on the messages of its contract and on one that has an effect. */

/** A message with an effect that a neighbour hears, for the rules about repeats, order and troubled neighbours. */
export interface Effective {
  /** What has to be there first. */
  readonly prepare: (scene: Scene) => Promise<void>
  readonly message: MessageType
  /** Data of the `n`th such message, as JSON: each has an effect of its own. */
  readonly data: (n: number) => Readonly<Record<string, unknown>>
  /** What a neighbour hears of it. */
  readonly effect: MessageType
  /** Which of them an effect belongs to. */
  readonly belongsTo: (effect: unknown, n: number) => boolean
}

const UNAVAILABLE = { status: 503, json: { title: 'not now', status: 503 } } as const
/** How a neighbour is absent, try by try. */
const ABSENT = [UNAVAILABLE, CUT, UNAVAILABLE] as const

/** Why an answer is no refusal with a problem, undefined when it is one. */
export function noProblem(got: Got): string | undefined {
  if (got.status < 400 || got.status > 499) {
    if (got.status !== 501) return `is answered ${shown(got)}, not 4xx with a problem`
  }
  if (!got.type.startsWith('application/problem+json')) return `is refused with ${got.type || 'no type'}, not a problem`
  const { title } = (got.json ?? {}) as { title?: unknown }
  return typeof title === 'string' ? undefined : 'is refused with a problem that has no title'
}

/** Throws Broken unless a message is refused with a problem. */
export async function mustRefuse<Data extends TObject>(
  scene: Scene,
  message: MessageType<Data>,
  data: Static<Data>,
  what: string
): Promise<void> {
  refused(`${message.type}, ${what},`, await scene.send(message, data))
}

/** Throws Broken unless an answer is a refusal with a problem. */
export function refused(what: string, got: Got): void {
  const wrong = noProblem(got)
  if (wrong !== undefined) throw new Broken(`${what} ${wrong}`)
}

/** A part of a path. */
const asWord = (value: unknown) => (typeof value === 'number' || typeof value === 'string' ? `${value}` : '0x0')

/** Bodies that are none of a message's. */
function wrongBodies(message: MessageType): readonly (readonly [what: string, body: string])[] {
  const schema = message.data as unknown as JsonSchema
  const inPath = pathParameters(message.path)
  const { example = {} } = message
  const fields = (schema.required ?? []).filter((name) => !inPath.includes(name))
  const body = Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.includes(name)))
  const without = (name: string) => Object.fromEntries(Object.entries(body).filter(([field]) => field !== name))
  const wide = fields.filter((name) => schema.properties?.[name]?.['x-seabus'] === 'u64')
  return [
    ['half of a body', '{"a":'],
    ['a list for a body', '[]'],
    ...fields.map((name) => [`without ${name}`, JSON.stringify(without(name))] as const),
    ...fields.map((name) => [`${name} is null`, JSON.stringify({ ...body, [name]: null })] as const),
    ...wide.map((name) => [`${name} is no 64-bit value`, JSON.stringify({ ...body, [name]: 'far away' })] as const)
  ]
}

/** The rules of every layer. `accepts` is its contract. */
export function generalChecks(accepts: readonly MessageType[], effective: Effective): readonly Check[] {
  const bodies = accepts.filter(
    ({ method, example, raw }) => method !== 'GET' && example !== undefined && raw === undefined
  )
  const send = (scene: Scene, n: number, id?: string) => scene.sendJson(effective.message, effective.data(n), id)
  const accepted = async (scene: Scene, n: number, id?: string) => {
    const got = await send(scene, n, id)
    if (got.status > 299) throw new Broken(`${effective.message.type} is answered ${shown(got)}`)
    return got
  }
  const effects = (scene: Scene, n: number) =>
    scene.of(effective.effect).filter(({ data }) => effective.belongsTo(data, n))
  const come = (scene: Scene, n: number) =>
    scene.until(() => effects(scene, n).length > 0, `${effective.effect.type} of message ${n}`)

  return [
    {
      name: 'malformed-is-a-problem',
      about: 'what does not fit the contract is refused with 4xx and a problem (RFC 9457), not taken and not a crash',
      async run(scene) {
        await effective.prepare(scene)
        await accepted(scene, 1)
        await come(scene, 1)
        for (const message of bodies) {
          for (const [what, body] of wrongBodies(message)) {
            const path = message.path.replace(/:(\w+)/g, (_, name: string) =>
              name === 'machine'
                ? scene.machine
                : encodeURIComponent(asWord(message.example?.[name] ?? effective.data(1)[name]))
            )
            const wrong = noProblem(await scene.request(message.method, path, body))
            if (wrong !== undefined) throw new Broken(`${message.type}, ${what}: ${wrong}`)
          }
        }
        await accepted(scene, 2)
        await come(scene, 2)
        scene.same(scene.times(effective.effect), 2, `the number of ${effective.effect.type}, of two messages that fit`)
      }
    },
    {
      name: 'unknown-machine',
      about: 'a machine that nobody has made is refused with a problem, by whoever has machines made',
      async run(scene) {
        const [message] = bodies
        if (message === undefined || !scene.wasMade) throw new Skipped('it makes a machine when it hears of one')
        await effective.prepare(scene)
        await accepted(scene, 1)
        const path = message.path.replace(':machine', `${scene.machine}-not-made`).replace(/:(\w+)/g, '0')
        const wrong = noProblem(await scene.request(message.method, path, JSON.stringify(message.example)))
        if (wrong !== undefined) throw new Broken(`${message.type} of an unknown machine ${wrong}`)
      }
    },
    {
      name: 'repeat-changes-nothing',
      about: 'a message that comes twice with one id takes effect once, and the repeat is answered as the first was',
      async run(scene) {
        await effective.prepare(scene)
        const id = scene.id()
        const first = await accepted(scene, 1, id)
        await come(scene, 1)
        const second = await send(scene, 1, id)
        scene.same([second.status, second.json], [first.status, first.json], 'the answer to the repeat')
        await accepted(scene, 2)
        await come(scene, 2)
        const count = scene.times(effective.effect, (data) => effective.belongsTo(data, 1))
        scene.same(count, 1, `the number of ${effective.effect.type}`)
      }
    },
    {
      name: 'id-belongs-to-one-message',
      about: 'an id that another message had is refused with a problem, and nothing happens',
      async run(scene) {
        await effective.prepare(scene)
        const id = scene.id()
        await accepted(scene, 1, id)
        await come(scene, 1)
        const wrong = noProblem(await send(scene, 2, id))
        if (wrong !== undefined) throw new Broken(`another message with the same id ${wrong}`)
        await accepted(scene, 3)
        await come(scene, 3)
        scene.same(effects(scene, 2).length, 0, `the number of ${effective.effect.type} of the refused message`)
      }
    },
    {
      name: 'in-order',
      about: 'messages about one machine take effect in the order in which they were accepted',
      async run(scene) {
        await effective.prepare(scene)
        for (const n of [1, 2, 3]) await accepted(scene, n)
        await come(scene, 3)
        const order = scene.of(effective.effect).flatMap(({ data }) => {
          const n = [1, 2, 3].find((one) => effective.belongsTo(data, one))
          return n === undefined ? [] : [n]
        })
        scene.same([...new Set(order)], [1, 2, 3], `the order of ${effective.effect.type}`)
      }
    },
    {
      name: 'absent-neighbour-is-asked-again',
      about: 'a neighbour that answers 503, or hangs up, is told again with the same id until it has taken the message',
      async run(scene) {
        await effective.prepare(scene)
        scene.trouble(({ message }, nth) => {
          if (message !== effective.effect || nth > ABSENT.length) return undefined
          return ABSENT[nth - 1]
        })
        const ids = () =>
          scene.heard.flatMap(({ message, id, data }) =>
            message === effective.effect && effective.belongsTo(data, 1) ? [id ?? 'none'] : []
          )
        const tries = ABSENT.length + 1
        const comes = scene.until(() => ids().length >= tries, `try ${tries} of ${effective.effect.type}`)
        await Promise.all([accepted(scene, 1), comes])
        scene.same(new Set(ids()).size, 1, 'the number of ids of one message, tried again')
        scene.trouble(() => undefined)
        await accepted(scene, 2)
        await come(scene, 2)
        scene.same(ids().length, tries, `the number of ${effective.effect.type}, of which the last was taken`)
      }
    },
    {
      name: 'slow-neighbour-holds-up-nobody-else',
      about: 'while a neighbour is slow about one machine, another machine goes on',
      async run(scene) {
        await effective.prepare(scene)
        let release = () => {}
        const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
        scene.trouble(({ message }) => (message === effective.effect ? held : undefined))
        try {
          // Whether its own answer waits for that of the neighbour is the service's affair.
          const first = send(scene, 1)
          // It is of interest only once the rest holds.
          first.catch(() => undefined)
          await scene.until(
            () => scene.heard.some(({ message }) => message === effective.effect),
            effective.effect.type
          )
          const elsewhere = await scene.another()
          await effective.prepare(elsewhere)
          await accepted(elsewhere, 1)
          await come(elsewhere, 1)
          release()
          const { status } = await first
          scene.must(status < 300, `the message itself is answered ${status}`)
        } finally {
          release()
        }
        await accepted(scene, 2)
        await come(scene, 2)
      }
    },
    {
      name: 'refusing-neighbour-is-no-end',
      about: 'a neighbour that refuses for good (4xx) is left alone, and the next message takes effect',
      async run(scene) {
        await effective.prepare(scene)
        scene.trouble(({ message, data }) =>
          message === effective.effect && effective.belongsTo(data, 1)
            ? {
                status: 409,
                json: {
                  type: '/docs/problems#state-conflict',
                  code: 'state-conflict',
                  title: 'no',
                  status: 409,
                  detail: 'no'
                }
              }
            : undefined
        )
        await send(scene, 1)
        await scene.until(() => effects(scene, 1).length > 0, effective.effect.type)
        await accepted(scene, 2)
        await come(scene, 2)
      }
    }
  ]
}
