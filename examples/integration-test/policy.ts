import type { Decision, Question } from 'seabus/contracts'

/** What this project ships: a guest is told of what it consumed, and never of what may never be touched. */
export function decide({ signal, vcpu, guest, history }: Question): Decision {
  if (history.errors > 100) return { action: 'stop-vm', because: 'the host is going bad: better somewhere else' }
  if (signal.code === 'BUS_MCEERR_AR' && vcpu !== undefined && guest.inRam) {
    return { action: 'inject-sea', record: true, because: 'the vCPU waits for data that are gone' }
  }
  return { action: 'ignore', because: 'nobody has consumed it' }
}
