/**
 * The headers by which one program of ours shows another that it may come in (RFC 6750, 2.1): none without a token.
 * Whoever is spoken to by an address that came with a request, as a policy's may, is none of ours and gets nothing.
 */
export function authorization(token: string | undefined): { readonly authorization?: string } {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** `fetch` that shows a token to whomever it asks, so it is for addresses of ours alone. A redirect elsewhere does not get it. */
export function fetchWith(token: string | undefined, by: typeof fetch = globalThis.fetch): typeof fetch {
  if (token === undefined) return by
  return (input, init) => {
    const headers = new Headers(init?.headers)
    for (const [name, value] of Object.entries(authorization(token))) headers.set(name, value)
    return by(input, { ...init, headers })
  }
}
