import type { FastifyHelmetOptions } from '@fastify/helmet'

/**
 * The headers of every answer. Pages are our own: `/docs`, whose styles are in its text, `/login`, and those of the
 * console; they load nothing from elsewhere and stand in nobody's frame. Whether there is TLS is up to whoever puts a proxy
 * before us.
 */
export const SECURITY_HEADERS: FastifyHelmetOptions = {
  strictTransportSecurity: false,
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
  xFrameOptions: { action: 'deny' },
  // With no-referrer a browser would send forms with an Origin of null, which is refused.
  referrerPolicy: { policy: 'same-origin' }
}
