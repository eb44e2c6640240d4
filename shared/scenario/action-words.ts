/** What each kind of step does, for whoever writes one; a step whose schema says how its value is written has that instead. */
export const ACTION_WORDS = {
  touch: 'a task or process reads or writes its memory; several at the same time as a list',
  poison: 'memory goes bad: what reads it from now on consumes an error',
  einj: 'an error injected through the EINJ table, as the kernel and firmware have it',
  report: 'firmware is given an error record for one of its sources',
  bert: 'what firmware kept of the boot before; the next reboot prints it',
  scrub: 'the patrol scrubber comes by, and finds the error before anyone reads it',
  repair: 'the line is good again',
  wait: 'time passes, such as 500ms',
  ack: 'the read-ack register of a source is written',
  reset: 'a VM is reset, by its name',
  reboot: 'the host boots again',
  migrate: 'a VM is migrated away, by its name',
  remap: 'a process of the host maps its page anew',
  madvise: 'madvise(2): MADV_HWPOISON and its like',
  prctl: 'prctl(2) with PR_MCE_KILL: when the thread is told',
  offline: 'a page is taken out of use through a file of the kernel',
  policy: 'another policy decides for a VM from now on',
  notify: 'firmware tells the host in another way from now on',
  sysctl: 'sysctls of the host kernel are set',
  message: 'any message to a layer, as its API takes it'
} as const
