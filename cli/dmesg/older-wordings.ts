import { hex64, hexNumber, line, rest, type LineForm } from '../../shared/linux/cper/line-form.ts'

/**
 * Lines of a memory section as other kernels print them, read but never printed.
 *
 * Spec: Linux 4.19, drivers/firmware/efi/cper.c, cper_print_mem (status without words), cper_dimm_err_location ("DIMM
 * DMI handle"); 5.15, the same function where SMBIOS knows the handle.
 * Fidelity: exact.
 */
export const OLDER_MEMORY_LINES: readonly LineForm[] = [
  line('error_status: ', hex64('errorStatus')),
  line('DIMM DMI handle: ', hexNumber('moduleHandle', 4)),
  line('DIMM location: ', rest('dimm'))
]
