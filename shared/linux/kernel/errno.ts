/**
 * Error numbers the kernel model returns, negated as in the kernel.
 *
 * Spec: Linux 6.1, include/uapi/asm-generic/errno-base.h and errno.h.
 * Fidelity: exact.
 */
export const EPERM = 1
export const ENOENT = 2
export const EIO = 5
export const ENXIO = 6
export const ENOMEM = 12
export const EFAULT = 14
export const EBUSY = 16
export const EINVAL = 22
export const EOPNOTSUPP = 95
export const ECANCELED = 125
export const EHWPOISON = 133
/** Not of user space: include/linux/errno.h. */
export const ENOTSUPP = 524
