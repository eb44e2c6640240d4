/**
 * The KVM guest of the recordings, as its assembly source has it: sixteen vectors that all report, then the commands.
 * x1 is the command, x2 an address, bit 0 of x3 keeps SError masked, x28 is the base of the report registers.
 */
const SOURCE = `
guest_start:
${Array.from({ length: 16 }, (_, n) => `.balign 128\nmov x20, #${n}\nb report`).join('\n')}
.balign 128
report:
lsl x20, x20, #7
str x20, [x28, #0x00]
mrs x21, esr_el1
str x21, [x28, #0x08]
mrs x21, far_el1
str x21, [x28, #0x10]
mrs x21, elr_el1
str x21, [x28, #0x18]
mrs x21, spsr_el1
str x21, [x28, #0x20]
mrs x21, isr_el1
str x21, [x28, #0x28]
str x20, [x28, #0x100]
report_done:
b report_done
.balign 128
guest_entry:
adr x0, guest_start
msr vbar_el1, x0
isb
tbnz x3, #0, masked
msr daifclr, #4
masked:
cmp x1, #1
b.eq do_load
cmp x1, #2
b.eq do_store
cmp x1, #3
b.eq do_ifetch
cmp x1, #4
b.eq do_idle
cmp x1, #5
b.eq do_ids
cmp x1, #6
b.eq do_unmask
cmp x1, #7
b.eq do_ldp
cmp x1, #8
b.eq do_spin
cmp x1, #9
b.eq do_eret0
cmp x1, #10
b.eq do_esb
b do_idle
do_load:
ldr x4, [x2]
str x4, [x28, #0x108]
b do_idle
do_store:
str x2, [x2]
str x2, [x28, #0x108]
b do_idle
do_ifetch:
br x2
do_ldp:
ldp x4, x5, [x2]
str x4, [x28, #0x108]
b do_idle
do_unmask:
str xzr, [x28, #0x110]
msr daifclr, #4
isb
str xzr, [x28, #0x118]
b do_idle
do_esb:
str xzr, [x28, #0x110]
hint #16
mrs x4, disr_el1
str x4, [x28, #0x128]
mrs x4, isr_el1
str x4, [x28, #0x28]
b do_idle
do_ids:
mrs x4, id_aa64pfr0_el1
str x4, [x28, #0x130]
mrs x4, midr_el1
str x4, [x28, #0x138]
mrs x4, erridr_el1
str x4, [x28, #0x140]
b do_idle
do_spin:
str xzr, [x28, #0x110]
spin:
ldr x4, [x2]
b spin
do_eret0:
adr x4, guest_el0
msr elr_el1, x4
mov x4, #0
msr spsr_el1, x4
eret
guest_el0:
str xzr, [x28, #0x110]
el0_loop:
b el0_loop
do_idle:
str xzr, [x28, #0x120]
idle_loop:
b idle_loop
`

/** What the report registers at x28 mean, by offset. */
export const REPORT_REGISTER: ReadonlyMap<number, string> = new Map([
  [0x000, 'vector'],
  [0x008, 'esr_el1'],
  [0x010, 'far_el1'],
  [0x018, 'elr_el1'],
  [0x020, 'spsr_el1'],
  [0x028, 'isr_el1'],
  [0x100, 'report_end'],
  [0x108, 'survived'],
  [0x110, 'ready'],
  [0x118, 'nothing_pending'],
  [0x120, 'idle'],
  [0x128, 'disr_el1'],
  [0x130, 'id_aa64pfr0_el1'],
  [0x138, 'midr_el1'],
  [0x140, 'erridr_el1']
])

/** Commands of the guest, as x1 takes them. */
export const COMMAND = { load: 1, store: 2, ifetch: 3, ids: 5, unmask: 6, ldp: 7, spin: 8, eret0: 9, esb: 10 } as const

export interface Instruction {
  readonly mnemonic: string
  readonly operands: readonly string[]
}

export interface Program {
  /** By offset from guest_start. */
  readonly instructions: ReadonlyMap<number, Instruction>
  readonly labels: ReadonlyMap<string, number>
}

const INSTRUCTION_SIZE = 4

/** Lays the source out: every instruction is 4 bytes, `.balign` moves on. */
function assemble(source: string): Program {
  const instructions = new Map<number, Instruction>()
  const labels = new Map<string, number>()
  let offset = 0
  for (const line of source.split('\n').filter((text) => text !== '')) {
    const [mnemonic = '', rest = ''] = line.split(/ (.*)/)
    if (line.endsWith(':')) labels.set(line.slice(0, -1), offset)
    else if (mnemonic === '.balign') offset = Math.ceil(offset / Number(rest)) * Number(rest)
    else {
      instructions.set(offset, { mnemonic, operands: rest === '' ? [] : rest.replace(/[[\]]/g, '').split(', ') })
      offset += INSTRUCTION_SIZE
    }
  }
  return { instructions, labels }
}

export const GUEST_PROGRAM: Program = assemble(SOURCE)

/** Address of a label when the program lies at `base`. */
export function guestAddress(base: bigint, label: string): bigint {
  const offset = GUEST_PROGRAM.labels.get(label)
  if (offset === undefined) throw new Error(`the guest has no label ${label}`)
  return base + BigInt(offset)
}
