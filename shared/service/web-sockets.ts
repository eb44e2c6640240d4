/**
 * How long the other end of a WebSocket has to agree that it closes, in ms: one that does not read any more would keep a service
 * from ending for the half minute that `ws` waits.
 */
const CLOSE_MS = 500

/** What `ws` is told of the WebSockets of a server that takes messages of so many bytes. Its types do not know them all. */
export const webSockets = (maxPayload: number) => ({ maxPayload, perMessageDeflate: false, closeTimeout: CLOSE_MS })
