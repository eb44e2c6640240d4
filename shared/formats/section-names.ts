import { SECTION_TYPE } from './guid.ts'

/**
 * Section types of vendors that are met on arm64. Their bodies stay bytes, here as in Linux, which dumps them and hands
 * them to user space as `non_standard_event`.
 *
 * Spec: rasdaemon (mchehab/rasdaemon), events-arch-arm/non-standard-*.c, sec_type; Linux, drivers/acpi/apei/ghes-nvidia.c
 * and drivers/pci/controller/pcie-hisi-error.c; libcper (openbmc/libcper), Cper.c. MediaTek's is in the boot logs of
 * NVIDIA DGX Spark (GB10), whose BERT has the OEM id MTKID as its body has.
 * Fidelity: omits what is in the bodies.
 */
export const VENDOR_SECTION_TYPE = {
  ampere: 'e8ed898d-df16-43cc-8ecc-54f060ef157f',
  ampereOne: '2826cc9f-448c-4c2b-86b6-a95394b7ef33',
  hisiliconCommon: 'c8b328a8-9917-4af6-9a13-2e08ab2e7586',
  hisiliconHip08Type1: '1f8161e1-55d6-41e6-bd10-7afd1dc5f7c5',
  hisiliconHip08Type2: '45534ea6-ce23-4115-8535-e07ab3aef91d',
  hisiliconPcieLocal: 'b2889fc9-e7d7-4f9d-a867-af42e98be772',
  yitian: 'a6980811-16ea-4e4d-b936-fb00a23ff29c',
  jaguarMicro0: '82d78ba3-fa14-407a-ba0e-f3ba8170013c',
  jaguarMicro1: 'f9723053-2558-49b1-b58a-1c1a82492a62',
  jaguarMicro2: '2d31de54-3037-4f24-a283-f69ca1ec0b9a',
  jaguarMicro5: 'dac80d69-0a72-4eba-8114-148ee344af06',
  jaguarMicro6: '746f06fe-405e-451f-8d09-02e802ed984a',
  nvidiaGrace: '6d5244f2-2712-11ec-bea7-cb3fdb95c786',
  nvidiaVera: '9068e568-6ca0-11f0-aeaf-159343591eac',
  mediatek: '3c1e3f4b-1e1a-43df-af28-59820e958e3c'
} as const

const NAMES = {
  processorGeneric: 'Processor Generic',
  processorX86: 'Processor IA32/X64',
  processorIpf: 'Processor IPF',
  processorArm: 'Processor ARM',
  armRasNode: 'Arm RAS node',
  platformMemory: 'Platform Memory',
  platformMemory2: 'Platform Memory 2',
  pciExpress: 'PCI Express',
  pciBus: 'PCI/PCI-X Bus',
  pciComponent: 'PCI Component/Device',
  firmwareRecordReference: 'Firmware Error Record Reference',
  dmarGeneric: 'DMAr Generic',
  dmarVtd: 'DMAr Intel VT-d',
  dmarIommu: 'DMAr IOMMU',
  ccixPer: 'CCIX PER',
  cxlProtocol: 'CXL Protocol Error',
  cxlGeneralMedia: 'CXL General Media event',
  cxlDram: 'CXL DRAM event',
  cxlMemoryModule: 'CXL Memory Module event',
  cxlMemorySparing: 'CXL Memory Sparing event',
  cxlPhysicalSwitch: 'CXL Physical Switch event',
  cxlVirtualSwitch: 'CXL Virtual Switch event',
  cxlMldPort: 'CXL MLD Port event',
  cxlDynamicCapacity: 'CXL Dynamic Capacity event',
  fruMemoryPoison: 'FRU Memory Poison'
} as const satisfies Record<keyof typeof SECTION_TYPE, string>

const VENDOR_NAMES = {
  ampere: 'Ampere Altra',
  ampereOne: 'AmpereOne',
  hisiliconCommon: 'HiSilicon common',
  hisiliconHip08Type1: 'HiSilicon hip08 OEM type 1',
  hisiliconHip08Type2: 'HiSilicon hip08 OEM type 2',
  hisiliconPcieLocal: 'HiSilicon PCIe local',
  yitian: 'Alibaba Yitian 710',
  jaguarMicro0: 'JaguarMicro OEM type 0',
  jaguarMicro1: 'JaguarMicro OEM type 1',
  jaguarMicro2: 'JaguarMicro OEM type 2',
  jaguarMicro5: 'JaguarMicro OEM type 5',
  jaguarMicro6: 'JaguarMicro OEM type 6',
  nvidiaGrace: 'NVIDIA Grace',
  nvidiaVera: 'NVIDIA Vera and later',
  mediatek: 'MediaTek'
} as const satisfies Record<keyof typeof VENDOR_SECTION_TYPE, string>

/** What a section type is called. */
export const SECTION_TYPE_NAME: ReadonlyMap<string, string> = new Map([
  ...Object.entries(NAMES).map(([type, name]) => [SECTION_TYPE[type as keyof typeof NAMES], name] as const),
  ...Object.entries(VENDOR_NAMES).map(
    ([type, name]) => [VENDOR_SECTION_TYPE[type as keyof typeof VENDOR_NAMES], name] as const
  )
])
