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
  readonly etag: string
}

/** The files of the page by name, as they were when the console started; none where it has not been built. */
export type PageFiles = ReadonlyMap<string, PageFile>

export function readPage(folder = BUILT): PageFiles {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)]
      if (type === undefined) return []
      const body = readFileSync(join(folder, name))
      return [[name, { type, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }]]
    })
  )
}

/** Whether who asks is a browser that wants a page. */
export const wantsPage = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  headers.accept?.includes('text/html') === true

/** A browser that could not have a module once asks for it again only at another address: `again` makes one. */
const SCHEMA = { hide: true, querystring: { type: 'object', properties: { again: { type: 'string' } } } }

/** `GET /page/:file`: what the page loads. Nothing else lies there. */
export function pageRoutes(app: FastifyInstance, files: PageFiles): void {
  app.get<{ Params: { file: string } }>('/page/:file', { schema: SCHEMA }, (request, reply) => {
    const { file } = request.params
    if (!files.has(file))
      throw new ProblemError('route-unknown', `the page has no file ${JSON.stringify(file.slice(0, 80))}`)
    return sendFile(request, reply, files, file)
  })
}

/** The page itself, or how to make it. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, files: PageFiles): FastifyReply {
  if (files.has('index.html')) return sendFile(request, reply, files, 'index.html')
  return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
}

function sendFile(request: FastifyRequest, reply: FastifyReply, files: PageFiles, name: string): FastifyReply {
  const { type, body, etag } = files.get(name) as PageFile
  // Asked for again each time, so that a new console is never shown by an old page.
  void reply.header('cache-control', 'no-cache').header('etag', etag)
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.type(type).send(body)
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>seabus</title>
<p>The page has not been built: <code>npm run build</code>, then start the console again.
What it shows is also told by <code>curl</code>: <a href="/docs">what there is</a>.
`
