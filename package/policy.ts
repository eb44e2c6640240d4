import { policyDecide, type Decision, type Question } from '../shared/contracts/policy.ts'
import { problem } from '../shared/contracts/problem.ts'
import type { Outgoing, Reply } from '../shared/transport/transport.ts'
import { checkedJson, fromJson } from './json.ts'

/**
 * A policy of your own: given what the VMM knows of an error, says what is to be done. Addresses are `bigint`. What it
 * throws, and an answer that is no `Decision`, ends the run as its error. One that is a promise has the time that a service
 * would have (500 ms of real time, unless the VM says otherwise), during which virtual time stands still.
 */
export type PolicyFunction = (question: Question, asked: Asked) => Decision | Promise<Decision>

/** Which question it is, for policies that remember what they were asked. */
export interface Asked {
  /** Another for every run and every machine of a system. */
  readonly machine: string
  /** A question that comes again has the id of the first; no other on this machine has it. */
  readonly id: string
}

/** The name of a built-in policy, the address of a policy service, or a function. */
export type PolicyChoice = string | URL | PolicyFunction

/** An address as the VMM is told it, without the slash that a URL ends in; or the name of a policy. */
export const addressOf = (policy: string | URL): string => String(policy).replace(/\/$/, '')

/** Asks a function a question as JSON carries it; the decision is JSON too. Throws ProblemError when it is none. */
export function decided(policy: PolicyFunction, question: unknown, asked: Asked): unknown {
  const decision = policy(fromJson(policyDecide, question), asked)
  return decision instanceof Promise ? decision.then(checkedDecision) : checkedDecision(decision)
}

const checkedDecision = (decision: unknown): unknown =>
  checkedJson(policyDecide.reply, decision, 'the policy gave no decision', 'answer-invalid')

/** Answers a question that is under way. What goes wrong is told to `fail`, and the question is over. */
export function answerBy(
  policy: PolicyFunction,
  { data, machine, id }: Outgoing,
  done: (reply: Reply) => void,
  fail: (error: unknown) => void
): () => void {
  let isOver = false
  const answered = (answer: unknown) => {
    if (!isOver) done({ kind: 'answered', journalled: false, answer })
  }
  const failed = (error: unknown) => {
    if (isOver) return
    fail(error)
    done({ kind: 'refused', journalled: false, problem: problem('answer-invalid', String(error)) })
  }
  try {
    const answer = decided(policy, data, { machine, id })
    if (answer instanceof Promise) answer.then(answered, failed)
    else answered(answer)
  } catch (error) {
    failed(error)
  }
  return () => {
    isOver = true
  }
}
