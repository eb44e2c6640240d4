import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const SESSION_COOKIE = 'seabus-session'

/** What a service asks for, compared in a time that says nothing of where another text differs from it. */
export class Token {
  readonly #digest: Buffer
  readonly #session: string
  readonly #sessionDigest: Buffer

  constructor(text: string) {
    this.#digest = digest(text)
    this.#session = createHmac('sha256', text).update(SESSION_COOKIE).digest('base64url')
    this.#sessionDigest = digest(this.#session)
  }

  is(given: string): boolean {
    return timingSafeEqual(digest(given), this.#digest)
  }

  /** Whether an Authorization header shows it. */
  isShownBy(header: string | undefined): boolean {
    const [scheme = '', given = '', ...more] = header?.split(' ') ?? []
    return scheme.toLowerCase() === 'bearer' && more.length === 0 && this.is(given)
  }

  /** Whether a Cookie header has the session that a login with it gives. */
  hasSessionIn(cookies: string | undefined): boolean {
    if (cookies === undefined) return false
    return cookies
      .split(';')
      .map((cookie) => cookie.trim())
      .filter((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`))
      .some((cookie) => timingSafeEqual(digest(cookie.slice(SESSION_COOKIE.length + 1)), this.#sessionDigest))
  }

  /**
   * What a browser keeps instead of the token, until it is closed or the token is another one. It follows from the token,
   * so that every service that asks for the same token knows it, and it does not tell the token.
   */
  sessionCookie({ secure }: { readonly secure: boolean }): string {
    return `${SESSION_COOKIE}=${this.#session}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  }

  /** Nobody sees it in a log by mistake. */
  toJSON(): string {
    return '[token]'
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** A Cookie header without our session, for whoever is none of ours. */
export function withoutSession(cookies: string | undefined): string | undefined {
  const others = cookies?.split(';').filter((cookie) => !cookie.trim().startsWith(`${SESSION_COOKIE}=`)) ?? []
  return others.length === 0 ? undefined : others.join(';').trim()
}
