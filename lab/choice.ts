/**
 * What a run's input leaves open, by name: a race that Linux itself does not decide, or something the input could have
 * said. `rule` is what makes the usual choice the usual one.
 *
 * Spec: Linux 6.1.192 and 6.12.95 where a rule names a function.
 * Fidelity: exact for what races; how often each side wins depends on the machine.
 */
export const UNKNOWNS = {
  'memory_failure race': {
    kind: 'race',
    rule: 'for a record of an SEA the kworker and the task work of the consumer drain one queue; on the way back to user mode need_resched is looked at before task_work, so the kworker usually comes first (arch/arm64/kernel/entry-common.c, do_notify_resume; drivers/acpi/apei/ghes.c, ghes_kick_task_work)'
  },
  'signal race': {
    kind: 'race',
    rule: 'the kworker sends BUS_MCEERR_AO while the vCPU thread faults on the same page on its own CPU; a second SIGBUS is lost while the first is pending (kernel/signal.c, legacy_queue)'
  },
  'poll race': {
    kind: 'race',
    rule: 'the poll timer of the source against the access (drivers/acpi/apei/ghes.c, ghes_poll_func)'
  },
  'abort routing': {
    kind: 'missing input',
    field: 'qemu',
    rule: 'QEMU 7.2 has no HCR_EL2.TEA, so a guest takes an external abort itself; the machine with qemu-lab.patch has it'
  },
  frame: {
    kind: 'missing input',
    field: 'input.setup.frame',
    rule: 'no process of the run maps the frame of the record: whose it is decides what memory_failure() calls it'
  },
  'read-ack': {
    kind: 'missing input',
    field: 'input.setup.read_ack',
    rule: 'the register keeps the bits that Read Ack Preserve names (drivers/acpi/apei/ghes.c, ghes_ack_error)'
  },
  driver: {
    kind: 'missing input',
    field: 'input.setup.driver',
    rule: 'three programs of the recordings put a bare block into a polled source'
  },
  'print limit': {
    kind: 'missing input',
    field: 'input.setup.print_limit',
    rule: 'two reports of a class in five seconds, those of earlier runs of the boot included (drivers/acpi/apei/ghes.c, ghes_print_estatus)'
  },
  'print limit of the second run': {
    kind: 'missing input',
    field: 'input.setup.print_limit',
    rule: 'the run is two, and how much time lies between them is not said'
  }
} as const satisfies Readonly<Record<string, Unknown>>
export type UnknownName = keyof typeof UNKNOWNS

export type Unknown =
  | { readonly kind: 'race'; readonly rule: string }
  /** `field` of the recording would have said it. */
  | { readonly kind: 'missing input'; readonly rule: string; readonly field: string }

/** One unknown, and how it is taken to have been. */
export interface Choice {
  readonly about: UnknownName
  readonly taken: string
}

export const choose = (about: UnknownName, taken: string): Choice => ({ about, taken })

/** Whether it is about what the boot had printed before, which changes prints and nothing else. */
export const isPrintLimit = ({ about }: Choice): boolean =>
  about === 'print limit' || about === 'print limit of the second run'

/** Choices in words. */
export const orderOf = (choices: readonly Choice[]): string => choices.map(({ taken }) => taken).join('; ')
