import type { FastifyRequest } from 'fastify'
import { LINK_PATH } from '../transport/link-frames.ts'

/** Handshakes of links, which other layers open. */
export function isLink({ routeOptions, headers }: FastifyRequest): boolean {
  return routeOptions.url === LINK_PATH && headers.upgrade !== undefined
}

const HEALTH = /^\/health(?:[/?]|$)/

/** What is let in however much comes from elsewhere: links, which have limits of their own, and the question how we are. */
export function isOwn(request: FastifyRequest): boolean {
  return isLink(request) || HEALTH.test(request.url)
}
