import { serve } from './serve.ts'

interface Question {
  readonly vcpu?: number
  readonly signal: { readonly code: string }
}

/** A policy that tells the guest of what it has consumed, and of nothing else. */
export const policy = () =>
  serve({
    'POST /v1/machines/:machine/decisions': (_, { vcpu, signal }: Question) =>
      signal.code === 'BUS_MCEERR_AR' && vcpu !== undefined
        ? { action: 'inject-sea', because: 'the guest has consumed it' }
        : { action: 'ignore', because: 'nobody has consumed it' }
  })
