import type { AccessSyndrome } from '../shared/formats/esr-abort.ts'
import { errorSynchronizationBarrier, isrEl1 } from '../shared/linux/kvm/deliver-vserror.ts'
import { PSR_A_BIT, PSR_C_BIT, PSR_N_BIT, PSR_Z_BIT } from '../shared/linux/kvm/pstate.ts'
import { readX, writeX, type VcpuState } from '../shared/linux/kvm/vcpu.ts'
import { guestAddress, type Instruction } from './guest-program.ts'

/** The memory of the guest as its CPU sees it, and the ID registers KVM shows. */
export interface GuestBus {
  /** undefined: the access did not complete, something else happens now. `syndrome` absent: ISV is 0. */
  load(address: bigint, syndrome?: AccessSyndrome): bigint | undefined
  store(address: bigint, value: bigint, syndrome?: AccessSyndrome): boolean
  idRegister(name: string): bigint | undefined
  /** Where guest_start lies. */
  readonly codeBase: bigint
}

/** What one instruction has done. `trapped`: nothing, PC is still on it. `looped`: it branched backwards. */
export interface Executed {
  readonly kind: 'done' | 'trapped' | 'looped'
  readonly vcpu: VcpuState
}

const WORD = 4n
/** SAS of an 8-byte access. */
const SAS_DOUBLEWORD = 3
const NZCV = 0xf000_0000n

/** Registers the guest reads and writes by name. */
const WRITABLE = ['vbar_el1', 'elr_el1', 'spsr_el1'] as const
const READABLE = ['esr_el1', 'far_el1', 'elr_el1', 'spsr_el1', 'disr_el1'] as const

/**
 * Executes one instruction of the recordings' guest.
 *
 * Spec: Arm DDI 0487 J.a, C6; the guest's own source.
 * Fidelity: approximates; the instructions the program has, with the MMU off, and no overflow flag.
 */
export function execute(vcpu: VcpuState, { mnemonic, operands }: Instruction, bus: GuestBus): Executed {
  const [a = '', b = '', c = ''] = operands
  const done = (next: VcpuState): Executed => ({ kind: 'done', vcpu: { ...next, pc: next.pc + WORD } })
  const jump = (pc: bigint): Executed => ({ kind: pc <= vcpu.pc ? 'looped' : 'done', vcpu: { ...vcpu, pc } })
  const label = (name: string) => guestAddress(bus.codeBase, name)
  switch (mnemonic) {
    case 'mov':
      return done(writeX(vcpu, register(a), immediate(b)))
    case 'lsl':
      return done(writeX(vcpu, register(a), readX(vcpu, register(b)) << immediate(c)))
    case 'adr':
      return done(writeX(vcpu, register(a), label(b)))
    case 'cmp':
      return done({ ...vcpu, pstate: compare(vcpu.pstate, readX(vcpu, register(a)), immediate(b)) })
    case 'b':
      return jump(label(a))
    case 'b.eq':
      return (vcpu.pstate & PSR_Z_BIT) !== 0n ? jump(label(a)) : done(vcpu)
    case 'br':
      return jump(readX(vcpu, register(a)))
    case 'tbnz':
      return ((readX(vcpu, register(a)) >> immediate(b)) & 1n) !== 0n ? jump(label(c)) : done(vcpu)
    case 'isb':
      return done(vcpu)
    case 'hint':
      return done(errorSynchronizationBarrier(vcpu))
    case 'eret':
      return { kind: 'done', vcpu: { ...vcpu, pc: vcpu.elr_el1, pstate: vcpu.spsr_el1 } }
    case 'msr':
      return done(writeSystem(vcpu, a, b))
    case 'mrs':
      return done(writeX(vcpu, register(a), readSystem(vcpu, b, bus)))
    case 'ldr': {
      const value = bus.load(readX(vcpu, register(b)) + immediate(c), described(register(a)))
      return value === undefined ? { kind: 'trapped', vcpu } : done(writeX(vcpu, register(a), value))
    }
    case 'ldp': {
      const address = readX(vcpu, register(c))
      const first = bus.load(address)
      const second = first === undefined ? undefined : bus.load(address + 8n)
      if (first === undefined || second === undefined) return { kind: 'trapped', vcpu }
      return done(writeX(writeX(vcpu, register(a), first), register(b), second))
    }
    case 'str': {
      const address = readX(vcpu, register(b)) + immediate(c)
      const stored = bus.store(address, readX(vcpu, register(a)), described(register(a)))
      return stored ? done(vcpu) : { kind: 'trapped', vcpu }
    }
    default:
      throw new Error(`the guest's CPU has no ${mnemonic}`)
  }
}

/** A 64-bit access with one register is one the CPU can describe. */
const described = (srt: number): AccessSyndrome => ({ sas: SAS_DOUBLEWORD, sse: false, srt, sf: true, ar: false })

const register = (name: string) => (name === 'xzr' ? 31 : Number(name.slice(1)))
const immediate = (text: string) => (text === '' ? 0n : BigInt(text.slice(1)))

/** Flags of a comparison of small numbers, which never overflows. */
function compare(pstate: bigint, left: bigint, right: bigint): bigint {
  const flags = (left === right ? PSR_Z_BIT : 0n) | (left >= right ? PSR_C_BIT : PSR_N_BIT)
  return (pstate & ~NZCV) | flags
}

function writeSystem(vcpu: VcpuState, name: string, operand: string): VcpuState {
  if (name === 'daifclr') {
    if (operand !== '#4') throw new Error(`the guest's CPU has no daifclr ${operand}`)
    return { ...vcpu, pstate: vcpu.pstate & ~PSR_A_BIT }
  }
  const target = WRITABLE.find((known) => known === name)
  if (target === undefined) throw new Error(`the guest's CPU does not write ${name}`)
  return { ...vcpu, [target]: readX(vcpu, register(operand)) }
}

function readSystem(vcpu: VcpuState, name: string, bus: GuestBus): bigint {
  if (name === 'isr_el1') return isrEl1(vcpu)
  const source = READABLE.find((known) => known === name)
  const value = source === undefined ? bus.idRegister(name) : vcpu[source]
  if (value === undefined) throw new Error(`the guest's CPU does not read ${name}`)
  return value
}
