/**
 * Flags of memory_failure() and soft_offline_page().
 *
 * Spec: Linux 6.1, include/linux/mm.h, enum mf_flags.
 * Fidelity: omits MF_UNPOISON and MF_NO_RETRY: nobody unpoisons, and a page is taken hold of at once.
 */
export const MF_COUNT_INCREASED = 1 << 0
export const MF_ACTION_REQUIRED = 1 << 1
export const MF_MUST_KILL = 1 << 2
export const MF_SOFT_OFFLINE = 1 << 3
export const MF_SW_SIMULATED = 1 << 5
