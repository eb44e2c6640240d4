/**
 * Numbers of the Software Delegated Exception Interface. All functions are SMC64 or HVC64 fast calls.
 *
 * Spec: Arm DEN0054; Linux 6.12, include/uapi/linux/arm_sdei.h.
 * Fidelity: exact for the numbers here.
 */
export const SDEI_FUNCTION = {
  VERSION: 0xc4000020,
  EVENT_REGISTER: 0xc4000021,
  EVENT_ENABLE: 0xc4000022,
  EVENT_DISABLE: 0xc4000023,
  EVENT_CONTEXT: 0xc4000024,
  EVENT_COMPLETE: 0xc4000025,
  EVENT_COMPLETE_AND_RESUME: 0xc4000026,
  EVENT_UNREGISTER: 0xc4000027,
  EVENT_STATUS: 0xc4000028,
  EVENT_GET_INFO: 0xc4000029,
  EVENT_ROUTING_SET: 0xc400002a,
  PE_MASK: 0xc400002b,
  PE_UNMASK: 0xc400002c,
  INTERRUPT_BIND: 0xc400002d,
  INTERRUPT_RELEASE: 0xc400002e,
  EVENT_SIGNAL: 0xc400002f,
  FEATURES: 0xc4000030,
  PRIVATE_RESET: 0xc4000031,
  SHARED_RESET: 0xc4000032
} as const

export const SDEI_RETURN = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  DENIED: -3,
  PENDING: -5,
  OUT_OF_RESOURCE: -10
} as const

/** Bits of EVENT_STATUS. */
export const SDEI_EVENT_STATUS = { registered: 1 << 0, enabled: 1 << 1, running: 1 << 2 } as const

/** Selectors of EVENT_GET_INFO. */
export const SDEI_EVENT_INFO = { type: 0, signaled: 1, priority: 2, routingMode: 3, routingAffinity: 4 } as const
export const SDEI_EVENT_TYPE = { private: 0, shared: 1 } as const
export const SDEI_EVENT_PRIORITY = { normal: 0, critical: 1 } as const

/** The software signalled event; it can never be the event of an error source. */
export const SDEI_SOFTWARE_SIGNALLED_EVENT = 0
