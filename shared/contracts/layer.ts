export const LAYERS = ['hardware', 'firmware', 'host-kernel', 'vmm', 'policy', 'guest', 'console'] as const
/** A layer of the machine; also the name of the service that runs it. */
export type Layer = (typeof LAYERS)[number]

/** A layer that is a model; the console is none. */
export type ModelledLayer = Exclude<Layer, 'console'>
/** In the order an error meets them. */
export const MODELLED_LAYERS: readonly ModelledLayer[] = LAYERS.filter((layer) => layer !== 'console')

/** Where each service listens unless told otherwise. */
export const PORTS: Readonly<Record<Layer, number>> = {
  console: 7000,
  hardware: 7001,
  firmware: 7002,
  'host-kernel': 7003,
  vmm: 7004,
  policy: 7005,
  guest: 7006
}

/** The environment variable that says which implementation serves a layer. */
export const URL_VARIABLE: Readonly<Record<Layer, string>> = {
  console: 'CONSOLE_URL',
  hardware: 'HARDWARE_URL',
  firmware: 'FIRMWARE_URL',
  'host-kernel': 'HOST_KERNEL_URL',
  vmm: 'VMM_URL',
  policy: 'POLICY_URL',
  guest: 'GUEST_URL'
}
