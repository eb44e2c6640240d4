import { EINVAL } from '../kernel/errno.ts'
import { EXCEPTION_TYPE, VECTOR_OFFSET } from './enter-exception.ts'
import { ENOENT, ENOEXEC, failure, SUCCESS, type IoctlResult } from './ioctl.ts'
import { PSR_MODE32_BIT, PSR_MODE_EL0T, PSR_MODE_EL1H, PSR_MODE_EL1T, PSR_MODE_MASK } from './pstate.ts'
import { readX, writeX, type SystemRegisters, type VcpuState } from './vcpu.ts'

/** KVM_REG_ARM64 | KVM_REG_SIZE_U64 with the group KVM_REG_ARM_CORE or KVM_REG_ARM64_SYSREG. */
const CORE = 0x6030_0000_0010_0000n
const SYSREG = 0x6030_0000_0013_0000n

/** Core registers are numbered by their offset in struct kvm_regs, in words of 4 bytes. */
const core = (offset: number) => CORE | BigInt(offset / 4)
const sysreg = (op0: number, op1: number, crn: number, crm: number, op2: number) =>
  SYSREG | BigInt((op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2)

/**
 * KVM's ids of the registers a VMM of the error path uses, in the order of struct kvm_regs and then by encoding.
 *
 * Spec: Linux 6.1, arch/arm64/include/uapi/asm/kvm.h, struct kvm_regs, ARM64_SYS_REG; arch/arm64/tools/sysreg.
 * Fidelity: omits every other register, for which the ioctl says ENOENT here.
 */
export const ONE_REG_ID = {
  pc: core(256),
  pstate: core(264),
  elr_el1: core(280),
  spsr_el1: core(288),
  sctlr_el1: sysreg(3, 0, 1, 0, 0),
  esr_el1: sysreg(3, 0, 5, 2, 0),
  far_el1: sysreg(3, 0, 6, 0, 0),
  vbar_el1: sysreg(3, 0, 12, 0, 0),
  disr_el1: sysreg(3, 0, 12, 1, 1)
} as const satisfies Record<'pc' | 'pstate' | keyof SystemRegisters, bigint>

export type OneReg = keyof typeof ONE_REG_ID

const NAME_BY_ID: ReadonlyMap<bigint, OneReg> = new Map(
  (Object.keys(ONE_REG_ID) as OneReg[]).map((name) => [ONE_REG_ID[name], name])
)

/** KVM's id of x0 to x30. */
export function generalRegisterId(number: number): bigint {
  return core(number * 8)
}

function generalRegister(id: bigint): number | undefined {
  const word = id - CORE
  return word >= 0n && word <= 60n && word % 2n === 0n ? Number(word / 2n) : undefined
}

/**
 * KVM_GET_ONE_REG, by KVM's id or by name. Errors: ENOEXEC before KVM_ARM_VCPU_INIT, ENOENT for a register KVM (here:
 * the model) does not have.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/guest.c, kvm_arm_get_reg, get_core_reg; arch/arm64/kvm/arm.c, kvm_arch_vcpu_ioctl.
 * Fidelity: exact for the registers of the table.
 */
export function getOneReg(
  vcpu: VcpuState,
  reg: bigint | OneReg
): { readonly result: IoctlResult; readonly value?: bigint } {
  if (!vcpu.initialised) return { result: failure(ENOEXEC) }
  const name = typeof reg === 'string' ? reg : NAME_BY_ID.get(reg)
  if (name !== undefined) return { result: SUCCESS, value: vcpu[name] }
  const general = typeof reg === 'bigint' ? generalRegister(reg) : undefined
  return general === undefined ? { result: failure(ENOENT) } : { result: SUCCESS, value: readX(vcpu, general) }
}

/**
 * KVM_SET_ONE_REG. EINVAL for a PSTATE whose mode an AArch64 guest cannot be in.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/guest.c, kvm_arm_set_reg, set_core_reg.
 * Fidelity: exact for the registers of the table; AArch32 modes other than EL0's are refused as without AArch32 at EL1.
 */
export function setOneReg(
  vcpu: VcpuState,
  reg: bigint | OneReg,
  value: bigint
): { readonly vcpu: VcpuState; readonly result: IoctlResult } {
  if (!vcpu.initialised) return { vcpu, result: failure(ENOEXEC) }
  const name = typeof reg === 'string' ? reg : NAME_BY_ID.get(reg)
  if (name === undefined) {
    const general = typeof reg === 'bigint' ? generalRegister(reg) : undefined
    if (general === undefined) return { vcpu, result: failure(ENOENT) }
    return { vcpu: writeX(vcpu, general, value), result: SUCCESS }
  }
  if (name === 'pstate' && !isLegalMode(value)) return { vcpu, result: failure(EINVAL) }
  const next: VcpuState = { ...vcpu, [name]: BigInt.asUintN(64, value) }
  return { vcpu: name === 'pc' ? { ...next, enteredVector: vectorAt(next) } : next, result: SUCCESS }
}

const MODES: ReadonlySet<bigint> = new Set([PSR_MODE_EL0T, PSR_MODE_EL1T, PSR_MODE_EL1H])

function isLegalMode(pstate: bigint): boolean {
  const mode = pstate & (PSR_MODE_MASK | PSR_MODE32_BIT)
  return MODES.has(mode) || mode === PSR_MODE32_BIT
}

const VECTORS: ReadonlySet<number> = new Set(
  Object.values(VECTOR_OFFSET).flatMap((from) => Object.values(EXCEPTION_TYPE).map((type) => from + type))
)

/** A VMM that injects by writing registers puts PC on a vector. */
function vectorAt({ pc, vbar_el1 }: VcpuState): number | undefined {
  const offset = pc - vbar_el1
  return offset >= 0n && offset < 0x800n && VECTORS.has(Number(offset)) ? Number(offset) : undefined
}
