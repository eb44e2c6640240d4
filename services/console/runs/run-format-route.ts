import { Type, type Static } from 'typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { closed } from '../../../shared/contracts/common.ts'
import { fileNameOf, RUN_FORMAT_NAMES, RUN_FORMATS, type RunFormat } from '../../../shared/drawing/run-formats.ts'
import { THEMES } from '../../../shared/drawing/svg-writer.ts'
import { operation } from '../../../shared/service/describing/operation.ts'
import type { PageFiles } from '../page.ts'
import { queryReader } from '../requests.ts'
import { WholeRun } from './replies.ts'
import type { RunSummary } from './kept-run.ts'
import type { RunReading } from './run-reading.ts'
import { originOf } from '../../../shared/service/origin.ts'
import { pageOf, pictureOf, PICTURE_POLICY } from './take-along.ts'

const FormatQuery = closed({
  format: Type.Optional(
    Type.Enum([...RUN_FORMAT_NAMES], { description: 'in place of what `accept` says; default json' })
  ),
  theme: Type.Optional(
    Type.Enum([...THEMES], {
      description: 'of svg: auto is light, and dark where a reader prefers that',
      default: 'auto'
    })
  )
})

const MEANS: Readonly<Record<RunFormat, string>> = {
  json: 'as the list has it, with its `report` where it came to an end',
  text: 'the report for people',
  mermaid: 'a sequence diagram',
  svg: 'its story as a picture',
  html: 'the page with the run in it, one file that needs no console'
}

const Params = Type.Object({ id: Type.String() })
type OfRun = { Params: Static<typeof Params>; Querystring: Record<string, string> }

const schema = operation({
  id: 'getRun',
  summary: 'A run, and what came of it, in the form that is asked for',
  tags: ['console'],
  params: Params,
  querystring: FormatQuery,
  answers: {
    200: {
      description: RUN_FORMAT_NAMES.map((name) => `${name}: ${MEANS[name]}`).join('; '),
      content: Object.fromEntries(
        RUN_FORMAT_NAMES.map((name) => [
          RUN_FORMATS[name].type,
          { schema: name === 'json' ? WholeRun : { type: 'string' } }
        ])
      )
    }
  },
  refuses: ['run-unknown', 'page-absent', 'storage-failed', 'neighbour-unreachable', 'neighbour-refused']
})

/** `GET /v1/runs/:id`: one run as JSON, text, diagram, picture or page, by `format` or by `accept`. */
export function runFormatRoute(app: FastifyInstance, reading: RunReading, page: PageFiles): void {
  const readFormat = queryReader(FormatQuery)
  app.get<OfRun>('/v1/runs/:id', { schema }, async (request, reply) => {
    const { format = accepted(request.headers.accept), theme = 'auto' } = readFormat(request.query)
    const { id } = request.params
    void reply.header('vary', 'accept')
    switch (format) {
      case 'json':
        return reading.whole(id)
      case 'text':
        return sent(reply, format, await reading.text(id))
      case 'mermaid':
        return sent(reply, format, await reading.mermaid(id))
      case 'svg': {
        const picture = await pictureOf(reading, id, theme)
        return sent(alone(reply, format, reading.summary(id), PICTURE_POLICY), format, picture)
      }
      case 'html': {
        const { page: text, policy } = await pageOf(page, reading, id, originOf(request))
        return sent(alone(reply, format, reading.summary(id), policy), format, text)
      }
    }
  })
}

const sent = (reply: FastifyReply, format: RunFormat, text: string) =>
  reply.type(`${RUN_FORMATS[format].type}; charset=utf-8`).send(text)

/** What a browser shows by itself has a policy of its own, and a name for whoever keeps it. */
const alone = (reply: FastifyReply, format: RunFormat, { name, id }: RunSummary, policy: string) =>
  reply
    .header('content-security-policy', policy)
    .header('content-disposition', `inline; filename="${fileNameOf(name, RUN_FORMATS[format].ending, id)}"`)

/** What is named first of what there is; JSON is what everyone else gets. */
function accepted(accept = ''): RunFormat {
  const types = accept.split(',').map((one) => one.replace(/;.*/, '').trim().toLowerCase())
  const named = types.flatMap((type) => RUN_FORMAT_NAMES.find((format) => RUN_FORMATS[format].type === type) ?? [])
  return named[0] ?? 'json'
}
