import type { Decision, Question } from '../../shared/contracts/policy.ts'
import type { Io } from '../../shared/kit/procedure.ts'
import { act } from './act.ts'
import { judge } from './decision-rules.ts'
import { fallback, noAnswerWithin } from './fallback.ts'
import { PROFILES } from './profiles.ts'
import { count, type HardwareException, type MemoryError, type Vm } from './state.ts'
import { isAcknowledged } from './write-record.ts'

const HISTORY = 64

/** Decides about a memory error and does it: the page is noted, the policy asked, its answer judged and carried out. */
export function decide(before: Vm, error: MemoryError, io: Io): Vm {
  const vm = remember(before, error)
  const question = questionOf(vm, error, exceptionOf(vm, error), io)
  const answered = askPolicy(vm, question, io)
  io.note('policy.answered', {
    vm: vm.name,
    vcpu: error.vcpu,
    action: answered.decision.action,
    because: answered.decision.because,
    fallback: answered.fallback
  })
  const decided = {
    time: io.now,
    code: error.code,
    vcpu: error.vcpu,
    guestPhysical: error.place?.guestPhysical,
    action: answered.decision.action,
    because: answered.decision.because,
    fallback: answered.fallback
  }
  const next = { ...answered.vm, history: [...answered.vm.history, decided].slice(-HISTORY) }
  return act(next, error, answered.decision, io)
}

/** Counts the signal and lists the extent; what the host told of the exception now belongs to that extent. */
function remember(before: Vm, { code, place, addressLsb }: MemoryError): Vm {
  const counted = count(before, code === 'BUS_MCEERR_AR' ? 'actionRequired' : 'actionOptional')
  if (place === undefined) return counted
  const known = counted.poisoned.find((entry) => entry.guestPhysical === place.extent.guestPhysical)
  const entry = {
    guestPhysical: place.extent.guestPhysical,
    lsb: Math.max(addressLsb, known?.lsb ?? 0),
    exception: counted.exception ?? known?.exception
  }
  const others = counted.poisoned.filter((other) => other !== known)
  return { ...counted, poisoned: [...others, entry], exception: undefined }
}

/** What the policy may know of the hardware; the later signal of one error knows what the first did. */
function exceptionOf(vm: Vm, { place }: MemoryError): HardwareException | undefined {
  if (!vm.exposeException) return undefined
  return vm.poisoned.find((entry) => entry.guestPhysical === place?.extent.guestPhysical)?.exception ?? vm.exception
}

function questionOf(vm: Vm, error: MemoryError, exception: HardwareException | undefined, io: Io): Question {
  const { code, vcpu, hostVirtual, addressLsb, place } = error
  return {
    vm: vm.name,
    ...(vm.policy === undefined ? {} : { policy: vm.policy }),
    ...(vcpu === undefined ? {} : { vcpu }),
    signal: { code, ...(hostVirtual === undefined ? {} : { hostVirtual }), addressLsb },
    guest: { ...(place === undefined ? {} : { guestPhysical: place.guestPhysical }), inRam: place !== undefined },
    sources: vm.sources.map((source) => ({
      source: source.source,
      notify: source.notify,
      acknowledged: isAcknowledged(vm, source, io)
    })),
    ...(exception === undefined ? {} : { hardwareException: exception }),
    history: { errors: vm.counters.actionRequired + vm.counters.actionOptional }
  }
}

interface Answered {
  readonly vm: Vm
  readonly decision: Decision
  readonly fallback: boolean
}

function askPolicy(vm: Vm, question: Question, io: Io): Answered {
  const { ownDecision, policyDeadlineMs } = PROFILES[vm.profile]
  const silence = noAnswerWithin(policyDeadlineMs)
  const { code } = question.signal
  io.note('policy.asked', { vm: vm.name, vcpu: question.vcpu, code, guestPhysical: question.guest.guestPhysical })
  const answer =
    ownDecision === undefined
      ? io.ask('policy', 'policy.decide', question, {
          deadlineMs: policyDeadlineMs,
          fallback: fallback(question, silence)
        })
      : ownDecision(question)
  const judged = judge(answer, question)
  if ('decision' in judged) {
    const isFallback = judged.decision.because === silence
    return { vm: isFallback ? count(vm, 'fallbacks') : vm, decision: judged.decision, fallback: isFallback }
  }
  io.note('decision.refused', { vm: vm.name, vcpu: question.vcpu, ...judged, answer: answer ?? null })
  const decision = fallback(question, `the answer broke the rule ${judged.rule}: ${judged.detail}`)
  return { vm: count(count(vm, 'refusedDecisions'), 'fallbacks'), decision, fallback: true }
}
