import type { Waits } from './became.ts'

/**
 * Everything that can be refused, with its HTTP status, title and meaning. One table: models name a code in their
 * refusals, shells answer with it, `docs/problems.md` has an entry for each (a test holds the two together).
 */
export const PROBLEMS = {
  // What was asked for
  'route-unknown': { status: 404, title: 'No such path' },
  'method-not-allowed': { status: 405, title: 'The path exists, but not with this method' },
  'token-missing': { status: 401, title: 'The token is missing or another one' },
  'host-refused': { status: 403, title: 'The service is not called by this name' },
  'origin-refused': { status: 403, title: 'A page of this origin may not use the service' },
  'content-type-unsupported': { status: 415, title: 'The content type is not one this path takes' },
  'body-too-large': { status: 413, title: 'The body is over the limit' },
  'body-malformed': { status: 400, title: 'The body cannot be read' },
  'request-too-slow': { status: 408, title: 'The request took too long to arrive' },
  'headers-too-large': { status: 431, title: 'The headers are over the limit' },
  'parameter-repeated': { status: 400, title: 'A parameter that has one value is given more than once' },
  'rate-exceeded': { status: 429, title: 'Too many requests from one address' },
  overloaded: { status: 503, title: 'The service has too much to do' },
  'idempotency-key-invalid': { status: 400, title: 'The Idempotency-Key cannot serve as an id' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was that of another message' },
  'event-type-unknown': { status: 422, title: 'This service accepts no event of this type' },
  // Fields
  'field-unknown': { status: 422, title: 'A field is not known' },
  'field-missing': { status: 422, title: 'A required field is missing' },
  'field-invalid': { status: 422, title: 'A field has a value that it cannot have' },
  // Things that are not there
  'machine-unknown': { status: 404, title: 'No machine of this name' },
  'machine-deleted': { status: 410, title: 'The machine was deleted while this was waiting' },
  'vm-unknown': { status: 404, title: 'No VM of this name' },
  'vcpu-unknown': { status: 404, title: 'No vCPU of this number' },
  'task-unknown': { status: 404, title: 'No such task' },
  'process-unknown': { status: 404, title: 'No such process' },
  'source-unknown': { status: 404, title: 'No error source of this id' },
  'policy-unknown': { status: 404, title: 'No policy of this name' },
  'profile-unknown': { status: 404, title: 'No profile of this name' },
  'page-unknown': { status: 404, title: 'No such page' },
  'letter-unknown': { status: 404, title: 'No dead letter of this id' },
  'message-unknown': { status: 404, title: 'No message of this id, or it is no longer kept' },
  'run-unknown': { status: 404, title: 'No run of this id, or it is no longer kept' },
  'scenario-unknown': { status: 404, title: 'No shipped scenario of this name' },
  'resource-unknown': { status: 404, title: 'No such thing' },
  // Things that are, but not so
  'already-exists': { status: 409, title: 'It exists already' },
  'not-acknowledged': { status: 409, title: 'The previous error status block is not acknowledged yet' },
  'vcpu-state': { status: 409, title: 'The vCPU is not in a state that allows this' },
  'vm-state': { status: 409, title: 'The VM is not in a state that allows this' },
  'task-state': { status: 409, title: 'The task is not in a state that allows this' },
  'state-conflict': { status: 409, title: 'The present state does not allow this' },
  'limit-reached': { status: 409, title: 'There are as many as there may be' },
  'run-ended': { status: 409, title: 'The run was ended while it was under way' },
  'machine-panicked': { status: 409, title: 'Firmware has panicked and the machine does nothing more' },
  'kernel-panicked': { status: 409, title: 'The kernel has panicked and does nothing more' },
  // Values that make no sense here
  'record-malformed': { status: 422, title: 'The error record breaks a rule of its format' },
  'record-too-long': { status: 422, title: 'The record does not fit the error status block of its source' },
  'error-impossible': { status: 422, title: 'The architecture cannot describe this error' },
  'table-malformed': { status: 422, title: 'The table breaks a rule of its format' },
  'address-outside-memory': { status: 422, title: 'The address is not memory of this machine' },
  'address-unmapped': { status: 422, title: 'Nothing is mapped at this address' },
  'range-invalid': { status: 422, title: 'The range is empty, wraps, or overlaps another' },
  'request-unsupported': { status: 422, title: 'The hardware or firmware modelled here does not offer this' },
  'system-call-failed': { status: 422, title: 'The system call fails with an errno' },
  'answer-impossible': { status: 422, title: 'The architecture cannot describe this answer' },
  'address-refused': { status: 422, title: 'A service may not be at this address' },
  'scenario-invalid': { status: 422, title: 'The scenario has mistakes' },
  'scenario-impossible': { status: 422, title: 'A step of the scenario cannot be done' },
  'not-modelled': { status: 501, title: 'This is not modelled' },
  // Neighbours and ourselves
  'neighbour-unreachable': { status: 503, title: 'A neighbouring service cannot be reached' },
  'neighbour-refused': { status: 502, title: 'A neighbour refused a message without a code of ours' },
  'neighbour-incompatible': { status: 409, title: 'The two ends of a link do not fit together' },
  'neighbour-backlog': { status: 503, title: 'Too much waits for a neighbour' },
  'too-many': { status: 429, title: 'As many as there may be are under way already' },
  'dead-letter': { status: 502, title: 'A neighbour has not taken a message, and its sender has given it up' },
  'answer-late': { status: 504, title: 'The answer did not come in time' },
  'outcome-unknown': { status: 504, title: 'A layer cannot be asked what became of it' },
  'answer-forgotten': { status: 410, title: 'The answer to this repeat is no longer kept' },
  'answer-invalid': { status: 502, title: 'A neighbour answered what its contract does not allow' },
  'journal-incomplete': { status: 410, title: 'What happened is not all kept, so nothing is said of how it ended' },
  'storage-full': { status: 507, title: 'There is no room to keep it' },
  'storage-failed': { status: 507, title: 'The service cannot keep it' },
  'machine-full': { status: 507, title: 'The machine is as large as a machine may be' },
  'page-absent': { status: 503, title: 'The page has not been built' },
  'shutting-down': { status: 503, title: 'The service is shutting down' },
  'model-fault': { status: 500, title: 'A defect in the model or its shell' }
} as const satisfies Readonly<Record<string, { status: number; title: string }>>

export type ProblemCode = keyof typeof PROBLEMS

/** Where each code is explained, relative to a service's own address. */
export const PROBLEM_DOC = '/docs/problems'
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** A place in a text that was sent, and what is wrong there; lines and columns from 1. */
export interface TextError {
  readonly line: number
  readonly column: number
  /** Characters that are wrong from there on. */
  readonly length?: number
  /** JSON pointer into what the text says. */
  readonly path?: string
  readonly rule?: string
  /** What is wrong, in words. */
  readonly message: string
  /** What could stand there instead. */
  readonly suggestion?: string
}

/**
 * RFC 9457 with four extension members: `field` (JSON pointer), `rule`, the `errors` of a text, and what still `waits`
 * where something was not over in time.
 */
export interface Problem {
  readonly type: string
  readonly code: ProblemCode
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance?: string
  readonly field?: string
  readonly rule?: string
  readonly errors?: readonly TextError[]
  readonly waits?: readonly Waits[]
}

/** What is said beyond the code; `rule` names the rule of a specification that was broken. */
export interface Particulars {
  readonly instance?: string | undefined
  readonly field?: string | undefined
  readonly rule?: string | undefined
  readonly errors?: readonly TextError[] | undefined
  readonly waits?: readonly Waits[] | undefined
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}

/** The body of a refusal. */
export function problem(
  code: ProblemCode,
  detail: string,
  { instance, field, rule, errors, waits }: Particulars = {}
): Problem {
  const { status, title } = PROBLEMS[code]
  return {
    type: `${PROBLEM_DOC}#${code}`,
    code,
    title,
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
    ...(errors === undefined ? {} : { errors }),
    ...(waits === undefined ? {} : { waits })
  }
}

/** Whether a service could not keep a message: nothing of it has happened, and it can be sent again when there is room. */
export function isOfStorage({ code }: Problem): boolean {
  return code === 'storage-full' || code === 'storage-failed'
}

/** A refusal on its way to whoever asked; only shells throw it. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(code: ProblemCode, detail: string, particulars: Particulars = {}) {
    super(detail)
    this.name = 'ProblemError'
    this.problem = problem(code, detail, particulars)
  }
}
