import { isActionOptional, isActionRequired, isSeaExit, type Rule } from './rule.ts'

/** The rules of a VMM without a SIGBUS handler: the kernel's default action decides, whoever's memory it was. */
export function diesOfSigbus(name: string): readonly Rule[] {
  return [
    (question) =>
      isActionRequired(question)
        ? { action: 'kill-vmm', because: `${name} has no SIGBUS handler: the process dies, and its VM with it` }
        : undefined,
    (question) =>
      isActionOptional(question)
        ? {
            action: 'kill-vmm',
            because: `${name} has not asked for early reports; one that comes all the same takes its default action`
          }
        : undefined,
    ({ signal }) =>
      signal.code === 'other'
        ? { action: 'kill-vmm', because: `${name} has no SIGBUS handler: any SIGBUS takes its default action` }
        : undefined
  ]
}

/** KVM_RUN came back for a reason the VMM does not know. */
export function onUnknownExit(action: 'stop-vm' | 'kill-vmm', because: string): Rule {
  return (question) => (isSeaExit(question) ? { action, because } : undefined)
}
