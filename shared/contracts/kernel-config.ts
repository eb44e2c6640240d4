import { Type, type Static } from 'typebox'
import { named } from './common.ts'

/** What of a kernel's .config the error path asks for, by name and without CONFIG_; what is left out is as Debian has it. */
export const KernelConfig = named('KernelConfig', {
  ACPI_APEI_SEA: Type.Optional(
    Type.Boolean({ description: 'default true; without it a source of type SEA is refused' })
  ),
  ARM_SDE_INTERFACE: Type.Optional(
    Type.Boolean({ description: 'default true; without it a source of type SDEI is refused' })
  ),
  MEMORY_FAILURE: Type.Optional(
    Type.Boolean({ description: 'default true; without it no page is ever poisoned, by no record and no system call' })
  ),
  EDAC_GHES: Type.Optional(Type.Boolean({ description: 'default false; with it memory sections are EDAC lines too' }))
})
export type KernelConfig = Static<typeof KernelConfig>
