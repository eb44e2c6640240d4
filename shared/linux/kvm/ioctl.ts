/**
 * What a KVM ioctl gives back, and the error numbers of KVM beyond those of `../errno.ts`.
 *
 * Spec: Linux 6.1, include/uapi/asm-generic/errno-base.h and errno.h; Documentation/virt/kvm/api.rst.
 * Fidelity: exact.
 */
export const ENOENT = 2
export const EINTR = 4
export const ENOEXEC = 8
export const EEXIST = 17
export const ENOSYS = 38

/** `ret` as the system call returns it (-1 for an error); `errno` is 0 when it succeeded. */
export interface IoctlResult {
  readonly ret: number
  readonly errno: number
}

export const SUCCESS: IoctlResult = { ret: 0, errno: 0 }

/** The system call's view of an error the kernel function returned negated. */
export function failure(errno: number): IoctlResult {
  return { ret: -1, errno }
}
