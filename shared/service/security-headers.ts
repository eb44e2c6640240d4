import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'

/**
 * Pages are our own: `/docs`, whose styles are in its text, `/login`, and those of the console; they load nothing from
 * elsewhere and stand in nobody's frame. Whether there is TLS is up to whoever puts a proxy before us. What only old
 * browsers or plug-ins look at is left out: every answer between services carries these too.
 */
const setHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"]
    }
  },
  // With no-referrer a browser would send forms with an Origin of null, which is refused.
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
  strictTransportSecurity: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false
})

/** Gives every answer, refusals among them, the headers that keep browsers from doing more with it than it is for. */
export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, reply, done) =>
    setHeaders(raw, reply.raw, (error) => done(error as Error | undefined))
  )
}
