import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'

const BUILT = fileURLToPath(new URL('../../web/dist/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8'
}

interface PageFile {
  readonly type: string
  readonly body: Buffer
}

/** The files of the page by name, as they were when the console started; none where it has not been built. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** The file that a browser asks for first. All others lie where it says: under a name of all that the page is made of. */
const INDEX = 'index.html'
const BUILD_LENGTH = 16

const digestOf = (body: Buffer) => createHash('sha256').update(body).digest('base64url')

/** Stands for all files of a page: where one of them is another, it is another. */
export const buildOf = (files: PageFiles): string =>
  digestOf(Buffer.from([...files].map(([name, { body }]) => `${name} ${digestOf(body)}\n`).join(''))).slice(
    0,
    BUILD_LENGTH
  )

export function readPage(folder = BUILT): PageFiles {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)]
      if (type === undefined) return []
      const body = readFileSync(join(folder, name))
      return [[name, { type, body }]]
    })
  )
}

/** Whether who asks is a browser that wants a page. */
export const wantsPage = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  headers.accept?.includes('text/html') === true

/** A browser that could not have a module once asks for it again only at another address: `again` makes one. */
const SCHEMA = { hide: true, querystring: { type: 'object', properties: { again: { type: 'string' } } } }

/**
 * `GET /page/:build/:file`: what the page loads. Nothing else lies there, and a page that a browser got from a console before this
 * one gets no part of another page.
 */
export function pageRoutes(app: FastifyInstance, files: PageFiles, build: string): void {
  app.get<{ Params: { build: string; file: string } }>('/page/:build/:file', { schema: SCHEMA }, (request, reply) => {
    const { file } = request.params
    const there = files.get(file)
    if (request.params.build !== build)
      throw new ProblemError('route-unknown', 'this console has another page by now: load the page again')
    if (there === undefined)
      throw new ProblemError('route-unknown', `the page has no file ${JSON.stringify(file.slice(0, 80))}`)
    return reply.header('cache-control', 'private, max-age=31536000, immutable').type(there.type).send(there.body)
  })
}

/** The page itself, or how to make it. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, files: PageFiles, build: string): FastifyReply {
  const index = files.get(INDEX)
  if (index === undefined) return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
  // Asked for again each time, so that a new console is never shown by an old page.
  void reply.header('cache-control', 'no-cache').header('etag', `"${build}"`)
  if (request.headers['if-none-match'] === `"${build}"`) return reply.code(304).send()
  return reply.type(index.type).send(index.body.toString().replaceAll('"/page/', `"/page/${build}/`))
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>seabus</title>
<p>The page has not been built: <code>npm run build</code>, then start the console again.
What it shows is also told by <code>curl</code>: <a href="/docs">what there is</a>.
`
