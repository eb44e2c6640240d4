/** What holds for every message between layers; part of each service's API, for those who replace one of them. */
export const RULES = `
Whoever serves a layer in place of this service (its \`*_URL\` variable) needs nothing but the paths below.

- A message is one request: \`data\` as JSON in the body, without what the path says. 64-bit values are \`"0x…"\` strings,
  bytes are base64. The \`ce-*\` and \`traceparent\` headers may be ignored; answers need no header but \`content-type\`.
- A message without an answer of its own is taken by any 2xx. A question is answered 200 with the answer as JSON.
  Both should come when the requests to other layers that it leads to have been taken: whoever waits until nothing is
  under way counts a message without an answer as under way.
- 4xx and 501 refuse for good: the sender goes on without. Other 5xx, 408, 425, 429 and no connection are repeated, in
  order and with the same \`ce-id\`, until it is otherwise: the same message may come twice, and only its \`ce-id\` tells.
  A repeat gets the reply that the first one got, a refusal too.
- A sender without a journal leaves \`ce-source\` out: its neighbours then keep what they answer it. \`ce-causationid\` says what led
  to a message, the nearest cause first, further ones behind it with spaces between; without it nothing but times orders what
  its neighbours have kept.
- The messages of a machine from one layer come one at a time, in their order. Those of two layers have none between them.
- Our own services answer 202 at once and never wait for a neighbour meanwhile, so calling them out of a handler is safe.
  Whoever sends from outside may add \`?wait=settled\`: the answer is then what became of the message over all layers.
- What is tagged \`service\` or \`reads\`, \`?wait\`, and \`/v1/link\`, is not needed: 404 says so. The neighbours then keep what they
  have sent and asked in their own journals.
`
